/**
 * A replica's durable state in IndexedDB. One transaction with `durability: 'strict'` at a time; what is asked for
 * while one is under way waits for it and then goes down together in the next. So nothing stands between a call and
 * the disk when the disk is idle, a busy disk is flushed once for many calls, and a failed transaction has none
 * behind it: the journal never gets a hole.
 */
import { unwrap } from 'idb';
import type { MemberId } from '#protocols/core/ids.ts';
import type { DurableState, Write } from '#protocols/core/replica.ts';
import {
  loadRefused,
  persistRefused,
  type LoadOutcome,
  type PersistOutcome,
  type Storage,
} from '../host/storage.ts';
import { foldIfLong, readJournal, writeJournal } from './journal-store.ts';
import { bodiesOf, sealRecord } from './journal.ts';
import { openSeatDb, storageSentence } from './seat-db.ts';

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
    let number = state.next;
    const append = (journal: IDBObjectStore): void => {
      for (const body of bodiesOf(writesOf(batch))) {
        const place = { cluster: this.#cluster, base: state.base, number };
        // `add`, not `put`: a second replica on this disk runs into a record that is there, and is stopped.
        journal.add(sealRecord(place, body), [this.#cluster, number]);
        number += 1;
      }
    };
    writeJournal(state.db, append, (problem) => {
      state.next = number;
      if (!problem) return this.#settle(batch, { ok: true });
      const error = storageSentence(problem.error);
      this.#fail(error);
      this.#settle(batch, { ok: false, error });
    });
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

/** What a seat's disk holds of an epoch at this moment, beside the replica that writes to it; nothing if it cannot be read. */
export async function readDurable(member: MemberId, cluster: string): Promise<DurableState> {
  const opened = await openSeatDb(member, 'existing');
  if (!opened.ok) return new Map();
  const read = await readJournal(opened.db, cluster).catch(() => null);
  opened.db.close();
  return read?.ok ? read.durable : new Map();
}

function writesOf(batch: readonly Waiting[]): readonly Write[] {
  const [first] = batch;
  if (batch.length === 1 && first) return first.writes;
  return batch.flatMap(({ writes }) => writes);
}
