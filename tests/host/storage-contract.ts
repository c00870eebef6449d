/** What every storage of a replica promises (src/lib/host/storage.ts), whatever it is made of. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, Write } from '#protocols/core/replica.ts';
import { applyWrites, type PersistOutcome, type Storage } from '../../src/lib/host/storage.ts';
import { deleteRange, entry, put } from './storage-entries.ts';

/** A disk of its own for one test. Each `open` is another start of the replica on it. */
export interface TestDisk {
  open(): Storage;
  dispose(): Promise<void>;
}

export const persist = (storage: Storage, writes: readonly Write[]): Promise<PersistOutcome> =>
  new Promise((resolve) => storage.persist(writes, resolve));

/** Starts a replica on `disk` and hands over its storage and what it found there. */
export async function start(
  disk: Pick<TestDisk, 'open'>,
): Promise<{ storage: Storage; found: [string, Json][] }> {
  const storage = disk.open();
  const loaded = await storage.load();
  if (!loaded.ok) throw new Error(loaded.error);
  return { storage, found: [...loaded.durable] };
}

const key = fc.constantFrom('term', 'vote', ...[1, 2, 3, 4, 9, 10, 11, 100].map(entry));
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(key, fc.jsonValue()).map(([k, v]) => put(k, v as Json)) },
  { weight: 1, arbitrary: fc.tuple(key, key).map(([from, to]) => deleteRange(from, to)) },
);
/** Calls made at once, between two restarts. */
const life = fc.array(fc.array(write, { maxLength: 6 }), { maxLength: 6 });

export function storageContract(
  name: string,
  makeDisk: () => Promise<TestDisk>,
  runs: number,
): void {
  const withDisk = async (work: (disk: TestDisk) => Promise<void>): Promise<void> => {
    const disk = await makeDisk();
    try {
      await work(disk);
    } finally {
      await disk.dispose();
    }
  };

  describe(name, () => {
    test('a new disk is empty', () =>
      withDisk(async (disk) => expect((await start(disk)).found).toEqual([])));

    test('what was acknowledged is there after a restart, keys in order', () =>
      withDisk(async (disk) => {
        const { storage } = await start(disk);
        const writes = [put('vote', null), put(entry(10), { term: 1 }), put(entry(9), 'ü€😀')];
        expect(await persist(storage, writes)).toEqual({ ok: true });
        expect(await persist(storage, [put('term', 3)])).toEqual({ ok: true });
        storage.close();
        expect((await start(disk)).found).toEqual([
          [entry(9), 'ü€😀'],
          [entry(10), { term: 1 }],
          ['term', 3],
          ['vote', null],
        ]);
      }));

    test('a range goes from its first key up to, not including, its last', () =>
      withDisk(async (disk) => {
        const { storage } = await start(disk);
        await persist(
          storage,
          [1, 2, 3, 4, 5].map((index) => put(entry(index), index)),
        );
        await persist(storage, [deleteRange(entry(2), entry(4)), put(entry(3), 'again')]);
        storage.close();
        const { found } = await start(disk);
        expect(found.map(([, value]) => value)).toEqual([1, 'again', 4, 5]);
      }));

    test('answers come in the order of the calls, and never within a call', () =>
      withDisk(async (disk) => {
        const { storage } = await start(disk);
        const order: string[] = [];
        const answered = [0, 1, 2, 3, 4, 5, 6, 7].map(
          (call) =>
            new Promise<void>((resolve) => {
              storage.persist([put('last', call)], ({ ok }) => {
                order.push(`${call} ${ok}`);
                resolve();
              });
              order.push(`called ${call}`);
            }),
        );
        await Promise.all(answered);
        expect(order).toEqual([
          ...answered.map((_, call) => `called ${call}`),
          ...answered.map((_, call) => `${call} true`),
        ]);
        storage.close();
        expect((await start(disk)).found).toEqual([['last', 7]]);
      }));

    test('what the caller changes after the call is not what was written', () =>
      withDisk(async (disk) => {
        const { storage } = await start(disk);
        const value = { votedFor: 'ana' };
        const done = persist(storage, [put('vote', value)]);
        value.votedFor = 'ben';
        await done;
        storage.close();
        expect((await start(disk)).found).toEqual([['vote', { votedFor: 'ana' }]]);
      }));

    test('a call before the disk was read, or after it was closed, is refused in words', () =>
      withDisk(async (disk) => {
        const storage = disk.open();
        expect(await persist(storage, [put('a', 1)])).toMatchObject({ ok: false });
        await storage.load();
        storage.close();
        expect(await persist(storage, [put('a', 2)])).toMatchObject({ ok: false });
        expect(await storage.load()).toMatchObject({ ok: false, damaged: false });
        expect((await start(disk)).found).toEqual([]);
      }));

    test('calls under way when it is closed are answered, in order, and truthfully', () =>
      withDisk(async (disk) => {
        const { storage } = await start(disk);
        const calls = [0, 1, 2].map((call) => persist(storage, [put(entry(call), call)]));
        storage.close();
        const outcomes = await Promise.all(calls);
        const { found } = await start(disk);
        expect(found.map(([, call]) => call)).toEqual(
          outcomes.flatMap(({ ok }, call) => (ok ? [call] : [])),
        );
        // Refusals come last: what is kept is the state after some first part of the calls.
        expect(outcomes.map(({ ok }) => ok)).toEqual(
          outcomes
            .map(({ ok }) => ok)
            .sort()
            .reverse(),
        );
      }));

    test('a large call is kept whole', () =>
      withDisk(async (disk) => {
        const { storage } = await start(disk);
        const writes = Array.from({ length: 256 }, (_, i) => put(entry(i), 'é'.repeat(1_000 + i)));
        expect(await persist(storage, writes)).toEqual({ ok: true });
        storage.close();
        const { found } = await start(disk);
        expect(found.map(([, value]) => String(value).length)).toEqual(
          writes.map((_, i) => 1_000 + i),
        );
      }));

    test('any writes over any number of restarts read back as a map would have them', () =>
      fc.assert(
        fc.asyncProperty(fc.array(life, { maxLength: 4 }), (lives) =>
          withDisk(async (disk) => {
            const model = new Map<string, Json>();
            for (const calls of lives) {
              const { storage } = await start(disk);
              const outcomes = await Promise.all(calls.map((writes) => persist(storage, writes)));
              expect(outcomes.every(({ ok }) => ok)).toBe(true);
              for (const writes of calls) applyWrites(model, writes);
              storage.close();
              const { storage: next, found } = await start(disk);
              expect(found).toEqual(asKept(model));
              next.close();
            }
          }),
        ),
        { numRuns: runs },
      ));
  });
}

/** The entries in order of their keys, as JSON would keep them (-0 becomes 0). */
function asKept(model: ReadonlyMap<string, Json>): [string, Json][] {
  const entries = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.parse(JSON.stringify(entries)) as [string, Json][];
}
