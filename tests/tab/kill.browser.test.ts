import { expect, test } from 'vitest';
import { SeatDisk } from '../../src/lib/tab/disk.ts';
import { deleteSeatDb } from '../../src/lib/tab/seat-db.ts';
import { cluster, newSeat } from './seats-for-tests.ts';
import type { Progress } from './writer.worker.ts';

const lives = 25;

test(`a replica killed in the middle of its writes, ${lives} times, keeps every one it was told of`, async () => {
  const { id, records } = await newSeat();
  records.close();
  let writes = 0;
  for (let life = 0; life < lives; life++) {
    const worker = new Worker(new URL('./writer.worker.ts', import.meta.url), { type: 'module' });
    let last: Progress = { found: -1, acknowledged: -1 };
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Progress | string>) => {
        if (typeof data === 'string') return reject(new Error(data));
        last = data;
        // Killed at a moment that has nothing to do with its writes.
        if (data.acknowledged < 0) setTimeout(resolve, 20 + Math.random() * 30);
      };
      worker.postMessage({ id, cluster });
    });
    worker.terminate();
    const { acknowledged } = last;

    const disk = new SeatDisk(id, cluster);
    const loaded = await disk.load();
    if (!loaded.ok) throw new Error(loaded.error);
    const kept = loaded.durable.get('count') as number;
    expect(kept).toBeGreaterThanOrEqual(acknowledged);
    // Each call wrote three records: they are there together or not at all.
    expect(loaded.durable.get('twice')).toBe(2 * kept);
    expect(loaded.durable.has(`log/${String(kept).padStart(16, '0')}`)).toBe(true);
    expect(loaded.durable.size).toBe(kept + 2);
    writes = kept;
    disk.close();
  }
  expect(writes).toBeGreaterThan(lives);
  expect(await deleteSeatDb(id)).toEqual({ ok: true });
}, 30_000);
