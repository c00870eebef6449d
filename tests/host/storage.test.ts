import { expect, test } from 'vitest';
import { MemoryStorage, type MemoryDisk } from '../../src/lib/host/storage.ts';
import { persist, start, storageContract } from './storage-contract.ts';
import { put } from './storage-entries.ts';

storageContract(
  'storage in memory',
  () => {
    const disk: MemoryDisk = new Map();
    return Promise.resolve({
      open: () => new MemoryStorage(disk),
      dispose: () => Promise.resolve(),
    });
  },
  200,
);

test('a write in memory takes as long as its owner says, and a crash before that loses it', async () => {
  const disk: MemoryDisk = new Map();
  const later: (() => void)[] = [];
  const storage = new MemoryStorage(disk, (run) => later.push(run));
  await storage.load();
  const done = persist(storage, [put('term', 1)]);
  expect((await start({ open: () => new MemoryStorage(new Map(disk)) })).found).toEqual([]);
  for (const run of later) run();
  expect(await done).toEqual({ ok: true });
  expect((await start({ open: () => new MemoryStorage(disk) })).found).toEqual([['term', 1]]);
});
