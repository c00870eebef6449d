/** Writes as fast as its disk answers, two calls ahead, until it is terminated. */
import type { MemberId } from '#protocols/core/ids.ts';
import { SeatDisk } from '../../src/lib/tab/disk.ts';
import { entry, put } from '../host/storage-entries.ts';

export interface Progress {
  /** Count found on the disk at the start, and the last one acknowledged since; -1: none yet. */
  readonly found: number;
  readonly acknowledged: number;
}

self.onmessage = async ({ data }: MessageEvent<{ id: MemberId; cluster: string }>) => {
  const disk = new SeatDisk(data.id, data.cluster);
  const loaded = await disk.load();
  if (!loaded.ok) return self.postMessage(loaded.error);
  const found = (loaded.durable.get('count') as number | undefined) ?? 0;
  let count = found;
  const next = (): void => {
    count += 1;
    const mine = count;
    const writes = [put('count', mine), put(entry(mine), 'x'.repeat(200)), put('twice', 2 * mine)];
    disk.persist(writes, (outcome) => {
      if (!outcome.ok) return self.postMessage(outcome.error);
      self.postMessage({ found, acknowledged: mine } satisfies Progress);
      next();
    });
  };
  self.postMessage({ found, acknowledged: -1 } satisfies Progress);
  next();
  next();
};
