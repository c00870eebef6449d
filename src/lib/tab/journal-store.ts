/** The `journal` store of a seat's database: reading an epoch's journal, folding a long one, and writing at all. */
import { unwrap } from 'idb';
import { foldedBodies, recordsBeforeFold, replay, sealRecord, type Replayed } from './journal.ts';
import type { SeatDb } from './seat-db.ts';

/** Records read at once: at 30,000 characters each they are 60 MB of text at worst. */
const recordsPerRead = 1_000;

type Good = Extract<Replayed, { ok: true }>;

const wholeJournal = (cluster: string): IDBKeyRange =>
  IDBKeyRange.bound([cluster, -Infinity], [cluster, Infinity]);

/**
 * One transaction: all of `work`, or nothing. Its requests are made before this returns; `over` is called once,
 * later, with `null` when they are durable, else with what went wrong.
 */
export function writeJournal(
  db: IDBDatabase,
  work: (journal: IDBObjectStore) => void,
  over: (problem: { readonly error: unknown } | null) => void,
): void {
  let transaction: IDBTransaction;
  try {
    transaction = db.transaction('journal', 'readwrite', { durability: 'strict' });
  } catch (error) {
    queueMicrotask(() => over({ error }));
    return;
  }
  let thrown: unknown = null;
  transaction.oncomplete = () => over(null);
  transaction.onabort = () => over({ error: thrown ?? transaction.error ?? 'interrupted' });
  try {
    work(transaction.objectStore('journal'));
    // Without it the browser first waits for an event on this thread to see whether more is to come.
    transaction.commit();
  } catch (error) {
    thrown = error;
    abort(transaction);
  }
}

/** What is left of a transaction whose work threw must not be committed by the browser of its own accord. */
function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already, and says so itself.
  }
}

export async function readJournal(db: SeatDb, cluster: string): Promise<Replayed> {
  const transaction = db.transaction('journal', 'readonly');
  const numbers: number[] = [];
  const records: unknown[] = [];
  let range = wholeJournal(cluster);
  for (;;) {
    const [keys, values] = await Promise.all([
      transaction.store.getAllKeys(range, recordsPerRead),
      transaction.store.getAll(range, recordsPerRead),
    ]);
    for (const [, number] of keys) numbers.push(number);
    for (const value of values) records.push(value);
    const last = keys.at(-1);
    if (last === undefined || keys.length < recordsPerRead) break;
    range = IDBKeyRange.bound(last, [cluster, Infinity], true);
  }
  await transaction.done;
  return replay(cluster, numbers, records);
}

/**
 * Replaces a long journal by a short one that says the same, in one transaction: a crash leaves the one or the
 * other. A disk too full for it is no reason not to start.
 */
export function foldIfLong(db: SeatDb, cluster: string, read: Good): Promise<Good> {
  const records = read.next - read.base;
  if (records <= recordsBeforeFold) return Promise.resolve(read);
  const bodies = foldedBodies(read.durable);
  // A state that needs this many records anyway would be rewritten at every start for nothing.
  if (bodies.length > records / 2) return Promise.resolve(read);
  const base = read.next;
  const refill = (journal: IDBObjectStore): void => {
    journal.delete(wholeJournal(cluster));
    for (const [position, body] of bodies.entries()) {
      const number = base + position;
      journal.add(sealRecord({ cluster, base, number }, body), [cluster, number]);
    }
  };
  return new Promise((resolve) => {
    writeJournal(unwrap(db) as IDBDatabase, refill, (problem) =>
      resolve(problem ? read : { ...read, base, next: base + bodies.length }),
    );
  });
}
