/**
 * One IndexedDB database per seat, so that a seat's key and log are lost together or not at all, and so that the
 * tabs of one browser never wait for each other's transactions. The page writes `identity`, the replica's worker
 * `journal` and `statements`, each over a connection of its own. Chromium in a private window locks the whole database where others
 * lock a store, so the page's transactions stay short: the replica may be waiting for them.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { isMemberId, type MemberId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import type { PersistOutcome } from '../host/storage.ts';
import type { JournalRecord } from './journal.ts';

export interface SeatSchema extends DBSchema {
  identity: { key: string; value: Json };
  journal: { key: [cluster: string, number: number]; value: JournalRecord };
  /** What a replica has seen signed: records of JSON text in a ring. */
  statements: { key: [cluster: string, place: number]; value: { number: number; body: string } };
}
export type SeatDb = IDBPDatabase<SeatSchema>;

export type OpenDbOutcome =
  | { readonly ok: true; readonly db: SeatDb }
  /** `lost`: there is no such database (any more), as opposed to one that would not open. */
  | { readonly ok: false; readonly lost: boolean; readonly error: string };

const namePrefix = 'synod-seat-';
const schemaVersion = 2;

/** Milliseconds. Safari is known to leave an `open` without any answer; a person should read why nothing happens. */
const openMsMax = 10_000;
/** Milliseconds for tabs that have the database open to notice that it is being deleted, and to let go. */
const deleteMsMax = 2_000;

const nameOf = (member: MemberId): string => namePrefix + member;

/** What a person reads when this seat's database was deleted under an open connection. */
const deletedText = 'This seat was forgotten in another tab: its key and its log are deleted.';
const terminatedText = 'The browser closed the disk of this seat (its data may have been cleared).';
const lostText = 'The disk of this seat is gone: its key and its log were deleted.';

/**
 * @param purpose `existing` never makes a database: an empty log under an old key could vote twice.
 * @param gone called at most once, when the database is closed from outside: forgotten, or cleared by the browser.
 */
export async function openSeatDb(
  member: MemberId,
  purpose: 'create' | 'existing',
  gone: (why: string) => void = () => undefined,
): Promise<OpenDbOutcome> {
  let lost = false;
  try {
    // Absent or `undefined` alike: a ReferenceError has the sentence for it.
    if (typeof indexedDB === 'undefined') throw new ReferenceError('no indexedDB');
    const opening = openDB<SeatSchema>(nameOf(member), schemaVersion, {
      upgrade(db, oldVersion, _newVersion, transaction) {
        if (oldVersion === 0 && purpose === 'existing') {
          lost = true;
          transaction.done.catch(() => undefined);
          transaction.abort();
          return;
        }
        if (oldVersion < 1) {
          db.createObjectStore('identity');
          db.createObjectStore('journal');
        }
        db.createObjectStore('statements');
      },
      blocking(_current, _blocked, event) {
        (event.target as IDBDatabase).close();
        gone(deletedText);
      },
      terminated: () => gone(terminatedText),
    });
    const db = await within(opening, openMsMax);
    if (db !== 'late') return { ok: true, db };
    void opening.then((late) => late.close()).catch(() => undefined);
    return {
      ok: false,
      lost: false,
      error: 'The browser does not answer when asked for its disk.',
    };
  } catch (error) {
    return { ok: false, lost, error: lost ? lostText : storageSentence(error) };
  }
}

/** Deletes key and log of `member`; a seat that is not there is a seat deleted. */
export async function deleteSeatDb(member: MemberId): Promise<PersistOutcome> {
  try {
    const outcome = await within(deleteDB(nameOf(member)), deleteMsMax);
    if (outcome !== 'late') return { ok: true };
    const error = 'A tab still holds this seat: it is deleted as soon as that tab is closed.';
    return { ok: false, error };
  } catch (error) {
    return { ok: false, error: storageSentence(error) };
  }
}

/** The seats whose databases this browser reports; `null` where it reports none at all (Firefox before 126). */
export async function reportedSeats(): Promise<MemberId[] | null> {
  if (typeof indexedDB === 'undefined' || typeof indexedDB.databases !== 'function') return null;
  try {
    const names = (await indexedDB.databases()).map((database) => database.name ?? '');
    return names
      .filter((name) => name.startsWith(namePrefix))
      .map((name) => name.slice(namePrefix.length))
      .filter(isMemberId);
  } catch {
    return null;
  }
}

/** A sentence for a person, with the browser's own words where they may help. */
export function storageSentence(error: unknown): string {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'QuotaExceededError':
      return 'The disk of this browser is full: free some space, then restart the replica.';
    case 'ConstraintError':
      return 'Another replica writes to the disk of this seat: close the other one.';
    case 'InvalidStateError':
      return 'The disk of this seat was closed: reload the tab.';
    case 'ReferenceError':
    case 'SecurityError':
      return 'This browser keeps no data for this page: allow site data, or leave private browsing.';
    default:
      return `The browser could not use the disk of this seat (${String(error)}).`;
  }
}

function within<T>(work: Promise<T>, milliseconds: number): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
