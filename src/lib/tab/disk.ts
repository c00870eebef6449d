/**
 * A replica's durable state in IndexedDB. One transaction with `durability: 'strict'` at a time; what is asked for
 * while one is under way waits for it and then goes down together in the next. So nothing stands between a call and
 * the disk when the disk is idle, a busy disk is flushed once for many calls, and a failed transaction has none
 * behind it: the journal never gets a hole.
 */
import { unwrap } from 'idb';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Write } from '#protocols/core/replica.ts';
import {
  loadRefused,
  persistRefused,
  type LoadOutcome,
  type PersistOutcome,
  type Storage,
} from '../host/storage.ts';
import { bodiesOf, foldedBodies, recordsBeforeFold, replay, sealRecord } from './journal.ts';
import type { Replayed } from './journal.ts';
import { openSeatDb, storageSentence, type SeatDb } from './seat-db.ts';

/** Records read at once: at 30,000 characters each they are 60 MB of text at worst. */
const recordsPerRead = 1_000;

interface Waiting {
  readonly writes: readonly Write[];
  readonly done: (outcome: PersistOutcome) => void;
}

interface Loaded {
  readonly name: 'loaded';
  readonly db: IDBDatabase;
  readonly base: number;
  /** Number of the record to be written next. */
  next: number;
}

type State =
  | { readonly name: 'new' }
  | Loaded
  | { readonly name: 'closed' }
  | { readonly name: 'failed'; readonly error: string };

type Good = Extract<Replayed, { ok: true }>;

export class SeatDisk implements Storage {
  readonly #member: MemberId;
  readonly #cluster: string;
  #state: State = { name: 'new' };
  #writing = false;
  #waiting: Waiting[] = [];

  /** @param cluster names the epoch: each has a journal of its own on the seat's disk. */
  constructor(member: MemberId, cluster: string) {
    this.#member = member;
    this.#cluster = cluster;
  }

  async load(): Promise<LoadOutcome> {
    if (this.#state.name === 'failed')
      return { ok: false, error: this.#state.error, damaged: false };
    if (this.#state.name !== 'new') return loadRefused(this.#state.name);
    const opened = await openSeatDb(this.#member, 'existing', (why) => this.#fail(why));
    if (!opened.ok) return this.#refuse(opened.error, opened.lost ? 'damaged' : 'unreadable');
    const { db } = opened;
    try {
      const read = await readJournal(db, this.#cluster);
      if (!read.ok) {
        db.close();
        return this.#refuse(read.error, 'damaged');
      }
      const { durable, base, next } = await foldIfLong(db, this.#cluster, read);
      // Closed or forgotten while it was being read.
      if (this.#state.name !== 'new') {
        db.close();
        return this.load();
      }
      this.#state = { name: 'loaded', db: unwrap(db) as IDBDatabase, base, next };
      return { ok: true, durable };
    } catch (error) {
      db.close();
      return this.#refuse(storageSentence(error), 'unreadable');
    }
  }

  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void {
    if (this.#state.name !== 'loaded') {
      const error = this.#refusal(this.#state);
      queueMicrotask(() => done({ ok: false, error }));
    } else if (this.#writing) {
      this.#waiting.push({ writes, done });
    } else {
      this.#write(this.#state, [{ writes, done }]);
    }
  }

  close(): void {
    if (this.#state.name === 'loaded') this.#state.db.close();
    if (this.#state.name === 'failed') return;
    this.#state = { name: 'closed' };
  }

  #write(state: Loaded, batch: readonly Waiting[]): void {
    this.#writing = true;
    try {
      const bodies = bodiesOf(writesOf(batch));
      const transaction = state.db.transaction('journal', 'readwrite', { durability: 'strict' });
      const journal = transaction.objectStore('journal');
      let number = state.next;
      for (const body of bodies) {
        const place = { cluster: this.#cluster, base: state.base, number };
        // `add`, not `put`: a second replica on this disk runs into a record that is there, and is stopped.
        journal.add(sealRecord(place, body), [this.#cluster, number]);
        number += 1;
      }
      transaction.oncomplete = () => {
        state.next = number;
        this.#settle(batch, { ok: true });
      };
      transaction.onabort = () => this.#settleFailed(batch, transaction.error);
      // Without it the browser first waits for an event on this thread to see whether more is to come.
      transaction.commit();
    } catch (error) {
      // Never within the call: the contract of `persist`.
      queueMicrotask(() => this.#settleFailed(batch, error));
    }
  }

  #settleFailed(batch: readonly Waiting[], error: unknown): void {
    const outcome = { ok: false, error: storageSentence(error) } as const;
    this.#fail(outcome.error);
    this.#settle(batch, outcome);
  }

  /** Starts on what waited before anyone is called back (the disk comes first), or refuses it after `batch`. */
  #settle(batch: readonly Waiting[], outcome: PersistOutcome): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#writing = false;
    if (waiting.length > 0 && this.#state.name === 'loaded') this.#write(this.#state, waiting);
    for (const { done } of batch) done(outcome);
    if (this.#state.name === 'loaded') return;
    const error = this.#refusal(this.#state);
    for (const { done } of waiting) done({ ok: false, error });
  }

  #refusal(state: Exclude<State, Loaded>): string {
    return state.name === 'failed' ? state.error : persistRefused(state.name);
  }

  #fail(error: string): void {
    if (this.#state.name === 'failed' || this.#state.name === 'closed') return;
    if (this.#state.name === 'loaded') this.#state.db.close();
    this.#state = { name: 'failed', error };
  }

  #refuse(error: string, why: 'damaged' | 'unreadable'): LoadOutcome {
    this.#fail(error);
    return { ok: false, error, damaged: why === 'damaged' };
  }
}

function writesOf(batch: readonly Waiting[]): readonly Write[] {
  const [first] = batch;
  if (batch.length === 1 && first) return first.writes;
  return batch.flatMap(({ writes }) => writes);
}

const wholeJournal = (cluster: string): IDBKeyRange =>
  IDBKeyRange.bound([cluster, -Infinity], [cluster, Infinity]);

async function readJournal(db: SeatDb, cluster: string): Promise<Replayed> {
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
async function foldIfLong(db: SeatDb, cluster: string, read: Good): Promise<Good> {
  const records = read.next - read.base;
  if (records <= recordsBeforeFold) return read;
  const bodies = foldedBodies(read.durable);
  if (bodies.length > records / 2) return read;
  const base = read.next;
  const transaction = db.transaction('journal', 'readwrite', { durability: 'strict' });
  let number = base;
  try {
    const requests: Promise<unknown>[] = [transaction.store.delete(wholeJournal(cluster))];
    for (const body of bodies) {
      const place = { cluster, base, number };
      requests.push(transaction.store.add(sealRecord(place, body), [cluster, number]));
      number += 1;
    }
    await Promise.all([...requests, transaction.done]);
    return { ...read, base, next: number };
  } catch {
    return read;
  }
}
