import { afterEach, describe, expect, test, vi } from 'vitest';
import type { MemberId } from '#protocols/core/ids.ts';
import { SeatDisk } from '../../src/lib/tab/disk.ts';
import type { JournalRecord } from '../../src/lib/tab/journal.ts';
import { deleteSeatDb } from '../../src/lib/tab/seat-db.ts';
import { persist, start, storageContract } from '../host/storage-contract.ts';
import { deleteRange, entry, put } from '../host/storage-entries.ts';
import { cluster, inJournal, newSeat, openRaw } from './seats-for-tests.ts';

const made: MemberId[] = [];
afterEach(async () => {
  for (const id of made.splice(0)) expect(await deleteSeatDb(id)).toEqual({ ok: true });
});

/** A seat whose page has closed its records, and starts of its replica. */
async function seat(): Promise<{ id: MemberId; open: () => SeatDisk }> {
  const { id, records } = await newSeat();
  records.close();
  made.push(id);
  return { id, open: () => new SeatDisk(id, cluster) };
}

storageContract(
  'storage in IndexedDB',
  async () => {
    const { open } = await seat();
    return { open, dispose: () => Promise.resolve() };
  },
  10,
);

const load = (disk: SeatDisk): ReturnType<SeatDisk['load']> =>
  disk.load().finally(() => disk.close());
const journalKeys = (id: MemberId): Promise<IDBValidKey[]> =>
  inJournal(id, (journal) => journal.getAllKeys());

/** Writes `count` records, one call each. */
async function write(open: () => SeatDisk, count: number): Promise<void> {
  const { storage } = await start({ open });
  for (let index = 0; index < count; index++)
    await persist(storage, [put(entry(index), index), put('term', index)]);
  storage.close();
}

describe('speed', () => {
  test('a call reaches the database before it returns, as one record however many writes it has', async () => {
    const { id, open } = await seat();
    const { storage } = await start({ open });
    const add = vi.spyOn(IDBObjectStore.prototype, 'add');
    const done = persist(
      storage,
      Array.from({ length: 64 }, (_, i) => put(entry(i), 'x')),
    );
    expect(add).toHaveBeenCalledTimes(1);
    add.mockRestore();
    await done;
    storage.close();
    expect(await journalKeys(id)).toEqual([[cluster, 0]]);
  });

  test('every transaction asks for the strict durability', async () => {
    const { open } = await seat();
    const { storage } = await start({ open });
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await persist(storage, [put('vote', 'ana')]);
    const asked = transaction.mock.calls;
    transaction.mockRestore();
    expect(asked).toEqual([['journal', 'readwrite', { durability: 'strict' }]]);
    storage.close();
  });

  test('a write of one seat does not wait for a transaction of another', async () => {
    const [mine, other] = [await seat(), await seat()];
    const slow = await openRaw(other.id);
    const busy = keepBusy(slow.transaction('journal', 'readwrite'));
    const { storage } = await start(mine);
    expect(await persist(storage, [put('term', 1)])).toEqual({ ok: true });
    expect(busy.over).toBe(false);
    busy.stop();
    slow.close();
    storage.close();
  });
});

/** Holds a transaction open by always asking for one thing more. */
function keepBusy(transaction: IDBTransaction): { over: boolean; stop(): void } {
  let stopped = false;
  const busy = { over: false, stop: () => void (stopped = true) };
  const again = (): void => {
    if (!stopped) transaction.objectStore('journal').get('nothing').onsuccess = again;
  };
  transaction.oncomplete = () => (busy.over = true);
  again();
  return busy;
}

describe('a long journal', () => {
  test('is folded when it is read, says the same afterwards, and can be written on', async () => {
    const { id, open } = await seat();
    await write(open, 1_001);
    const { storage: cut } = await start({ open });
    const folded = await journalKeys(id);
    expect(folded.length).toBeLessThan(10);
    expect(folded[0]).toEqual([cluster, 1_001]);
    await persist(cut, [deleteRange(entry(500), entry(2_000)), put('term', 'after')]);
    cut.close();
    const { storage, found } = await start({ open });
    storage.close();
    expect(found).toHaveLength(501);
    expect(found.at(-1)).toEqual(['term', 'after']);
    expect(found[499]).toEqual([entry(499), 499]);
  });

  test('loses nothing when the fold is cut off in the middle', async () => {
    const { id, open } = await seat();
    await write(open, 1_001);
    const add = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
      this: IDBObjectStore,
    ) {
      this.transaction.abort();
      throw new DOMException('power cut', 'AbortError');
    });
    const { storage, found } = await start({ open });
    add.mockRestore();
    expect(found).toHaveLength(1_002);
    // It was never folded, and goes on where it stood.
    expect(await persist(storage, [put('term', 'on')])).toEqual({ ok: true });
    storage.close();
    expect(await journalKeys(id)).toHaveLength(1_002);
    const again = await start({ open });
    again.storage.close();
    expect(again.found.at(-1)).toEqual(['term', 'on']);
  });

  test('of one epoch is not touched by the fold of another', async () => {
    const { id, open } = await seat();
    const earlier = new SeatDisk(id, 'b'.repeat(64));
    await earlier.load();
    await persist(earlier, [put('term', 'earlier')]);
    earlier.close();
    await write(open, 1_001);
    await load(open());
    const read = await load(new SeatDisk(id, 'b'.repeat(64)));
    expect(read.ok && [...read.durable]).toEqual([['term', 'earlier']]);
  });
});

describe('damage', () => {
  test('a changed record is noticed, and the disk is not used', async () => {
    const { id, open } = await seat();
    await write(open, 3);
    const record = (await inJournal(id, (journal) => journal.get([cluster, 1]))) as JournalRecord;
    const body = record.body.replace('1', '2');
    await inJournal(id, (journal) => journal.put({ ...record, body }, [cluster, 1]));
    const disk = open();
    expect(await disk.load()).toMatchObject({ ok: false, damaged: true });
    expect(await persist(disk, [put('term', 9)])).toMatchObject({ ok: false });
  });

  test('a record gone from the front or the middle is noticed', async () => {
    for (const number of [0, 1]) {
      const { id, open } = await seat();
      await write(open, 3);
      await inJournal(id, (journal) => journal.delete([cluster, number]));
      expect(await load(open())).toMatchObject({ ok: false, damaged: true });
    }
  });

  test('a seat whose database is gone is lost, never an empty disk under the old key', async () => {
    const { id, open } = await seat();
    await write(open, 3);
    await deleteSeatDb(id);
    expect(await load(open())).toMatchObject({ ok: false, damaged: true });
    const names = (await indexedDB.databases()).map(({ name }) => name);
    expect(names).not.toContain(`synod-seat-${id}`);
  });
});

/** Chromium's storage buckets, which TypeScript does not know yet. */
interface StorageBuckets {
  open(name: string, options: { quota: number }): Promise<{ indexedDB: IDBFactory }>;
  delete(name: string): Promise<void>;
}

/** Text that a database cannot compress away. */
function noise(characters: number): string {
  let text = '';
  while (text.length < characters) text += Math.random().toString(36).slice(2);
  return text.slice(0, characters);
}

describe('a disk that fails', () => {
  test('when it is full says so, and accepts nothing more until it is opened again', async () => {
    // A storage bucket of Chromium has a quota of its own, and errors of its own that are quite real.
    const buckets = (navigator as unknown as { storageBuckets: StorageBuckets }).storageBuckets;
    const bucket = await buckets.open('small', { quota: 200_000 });
    vi.stubGlobal('indexedDB', bucket.indexedDB);
    try {
      const { id, open } = await seat();
      const { storage } = await start({ open });
      expect(await persist(storage, [put('term', 1)])).toEqual({ ok: true });
      const full = persist(storage, [put('vote', noise(1_000_000))]);
      const behind = persist(storage, [put('term', 3)]);
      const refused = { ok: false, error: expect.stringContaining('full') };
      expect([await full, await behind]).toEqual([refused, refused]);
      expect(await persist(storage, [put('term', 4)])).toEqual(refused);
      const again = await start({ open });
      expect(again.found).toEqual([['term', 1]]);
      again.storage.close();
      await deleteSeatDb(id);
    } finally {
      vi.unstubAllGlobals();
      await buckets.delete('small');
    }
  });

  test('a seat that is forgotten under a running replica refuses its next write in words', async () => {
    const { id, open } = await seat();
    const { storage } = await start({ open });
    expect(await deleteSeatDb(id)).toEqual({ ok: true });
    expect(await persist(storage, [put('term', 1)])).toEqual({
      ok: false,
      error: expect.stringContaining('forgotten'),
    });
  });

  test('a second replica on the same disk is stopped by its first write', async () => {
    const { open } = await seat();
    const [first, second] = [await start({ open }), await start({ open })];
    expect(await persist(first.storage, [put('vote', 'ana')])).toEqual({ ok: true });
    expect(await persist(second.storage, [put('vote', 'ben')])).toEqual({
      ok: false,
      error: expect.stringContaining('Another replica'),
    });
    for (const { storage } of [first, second]) storage.close();
    expect((await start({ open })).found).toEqual([['vote', 'ana']]);
  });

  test('a transaction that the browser interrupts is a refusal, and so is all that waited for it', async () => {
    const { open } = await seat();
    const { storage } = await start({ open });
    const commit = vi.spyOn(IDBTransaction.prototype, 'commit').mockImplementation(function (
      this: IDBTransaction,
    ) {
      this.abort();
    });
    const outcomes = await Promise.all(
      [1, 2, 3].map((term) => persist(storage, [put('term', term)])),
    );
    commit.mockRestore();
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false, false]);
    storage.close();
    expect((await start({ open })).found).toEqual([]);
  });
});
