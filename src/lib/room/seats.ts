/**
 * The seats of this browser: making one, coming back to one, offering the free ones, forgetting them. A seat is held
 * by one tab at a time (claim.ts); its key, its counters and its log are one database (tab/seat-db.ts).
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { PersistOutcome } from '../host/storage.ts';
import { deleteSeatDb } from '../tab/seat-db.ts';
import {
  addToIndex,
  allSeats,
  dropFromIndex,
  dropSeatOfTab,
  seatOfTab,
  setSeatOfTab,
} from '../tab/seat-index.ts';
import { SeatRecords, type SeatFacts } from '../tab/seat-records.ts';
import { claimNewSeat, claimSeat, isHeld, type Claim } from './claim.ts';
import { createIdentity } from './identity.ts';
import { Seat } from './seat.ts';

export { Seat } from './seat.ts';

export type SeatRole = SeatFacts['role'];

export interface NewSeat {
  /** Code of the room; empty while it has none ({@link Seat.settleIn}). */
  readonly room: string;
  readonly name: string;
  readonly role: SeatRole;
}

export type SeatOutcome =
  | { readonly ok: true; readonly seat: Seat }
  /**
   * `none`: this tab never had a seat here. `held`: another tab has it, so this one is a duplicate. `lost`: its disk
   * is gone; whoever goes on from here does so as a stranger. `failed`: it may work later. `error` says so in words.
   */
  | {
      readonly ok: false;
      readonly why: 'none' | 'held' | 'lost' | 'failed';
      readonly error: string;
    };

/** "You were Ana here": a seat that this browser has and no tab holds. */
export type SeatOffer = Pick<SeatFacts, 'id' | 'name' | 'room' | 'role' | 'lastSeen'>;

/** A new key, a new database, and this tab's seat in that room from now on. */
export async function createSeat({ room, name, role }: NewSeat): Promise<SeatOutcome> {
  const identity = createIdentity();
  const claimed = await claimNewSeat(identity.id);
  if (!claimed.ok) return { ok: false, why: 'failed', error: claimed.error };
  const now = Date.now();
  const facts: SeatFacts = {
    id: identity.id,
    secretKey: bytesToHex(identity.secretKey),
    publicKey: bytesToHex(identity.publicKey),
    room,
    name,
    role,
    pageIncarnation: 1,
    replicaIncarnation: 0,
    createdAt: now,
    lastSeen: now,
  };
  const gone = new Notice();
  const created = await SeatRecords.create(facts, gone.give);
  if (created.ok) return seated(claimed.claim, created, gone);
  claimed.claim.release();
  return { ok: false, why: 'failed', error: created.error };
}

/** Takes a seat of this browser, and counts the page load durably before anyone can use the number. */
export async function openSeat(id: MemberId): Promise<SeatOutcome> {
  const claimed = await claimSeat(id);
  if (!claimed.ok) {
    return { ok: false, why: claimed.held ? 'held' : 'failed', error: claimed.error };
  }
  const refuse = (why: 'lost' | 'failed', error: string): SeatOutcome => {
    claimed.claim.release();
    return { ok: false, why, error };
  };
  const gone = new Notice();
  const opened = await SeatRecords.open(id, gone.give);
  if (!opened.ok) return refuse(opened.lost ? 'lost' : 'failed', opened.error);
  const { records } = opened;
  const updated = await records.update((facts) => ({
    ...facts,
    pageIncarnation: facts.pageIncarnation + 1,
    lastSeen: Date.now(),
  }));
  if (updated.ok) return seated(claimed.claim, { records, facts: updated.facts }, gone);
  records.close();
  return refuse('failed', updated.error);
}

/** After a reload: the seat this tab held in `room`. */
export async function resumeSeat(room: string): Promise<SeatOutcome> {
  const id = seatOfTab(room);
  if (id) return openSeat(id);
  return { ok: false, why: 'none', error: 'This tab has no seat in this room yet.' };
}

/** The seats nobody holds, of one room or of all, the last used first. */
export async function offers(room?: string): Promise<SeatOffer[]> {
  const facts = await Promise.all((await allSeats()).map(readFacts));
  const here = facts
    .filter((seat) => seat !== null)
    .filter((seat) => seat.room === (room ?? seat.room));
  const held = await Promise.all(here.map((seat) => isHeld(seat.id)));
  return here
    .filter((_, position) => !held[position])
    .map(({ id, name, room, role, lastSeen }) => ({ id, name, room, role, lastSeen }))
    .sort((a, b) => b.lastSeen - a.lastSeen);
}

/** Deletes key and log of one seat. Tabs that hold it let go of its disk and are told by {@link Seat.onGone}. */
export async function forget(id: MemberId): Promise<PersistOutcome> {
  const outcome = await deleteSeatDb(id);
  if (!outcome.ok) return outcome;
  dropFromIndex(id);
  dropSeatOfTab(id);
  return outcome;
}

/** Deletes every key and log of this browser. `left`: those a tab would not let go of. */
export async function forgetAll(): Promise<{ deleted: number; left: MemberId[] }> {
  const ids = await allSeats();
  const outcomes = await Promise.all(ids.map(forget));
  const left = ids.filter((_, position) => !outcomes[position]?.ok);
  return { deleted: ids.length - left.length, left };
}

/**
 * The disk of this seat is thrown away: what comes back is a stranger with the same name, as the old key with an
 * empty log could vote twice. The old seat's replica must have been stopped.
 */
export async function wipe(seat: Seat): Promise<SeatOutcome> {
  const { room, name, role } = seat;
  seat.close();
  const forgotten = await forget(seat.id);
  if (!forgotten.ok) return { ok: false, why: 'failed', error: forgotten.error };
  return createSeat({ room, name, role });
}

/** Whether the browser promised not to clear the seats when it runs short of space. */
export async function requestPersistence(): Promise<'persisted' | 'best effort'> {
  try {
    const storage = navigator.storage as StorageManager | undefined;
    return (await storage?.persist()) ? 'persisted' : 'best effort';
  } catch {
    return 'best effort';
  }
}

async function readFacts(id: MemberId): Promise<SeatFacts | null> {
  const opened = await SeatRecords.open(id);
  if (!opened.ok) {
    if (opened.lost) dropFromIndex(id);
    return null;
  }
  opened.records.close();
  return opened.facts;
}

interface Opened {
  readonly records: SeatRecords;
  readonly facts: SeatFacts;
}

async function seated(claim: Claim, opened: Opened, gone: Notice): Promise<SeatOutcome> {
  const seat = await Seat.from(claim, opened.records, opened.facts);
  gone.tell((why) => seat.lose(why));
  if (seat.room !== '') setSeatOfTab(seat.room, seat.id);
  addToIndex(seat.id);
  return { ok: true, seat };
}

/** One word from outside that may come before there is anyone to hear it. */
class Notice {
  #why: string | null = null;
  #listener: ((why: string) => void) | null = null;

  readonly give = (why: string): void => {
    this.#why = why;
    this.#listener?.(why);
  };

  tell(listener: (why: string) => void): void {
    this.#listener = listener;
    if (this.#why !== null) listener(this.#why);
  }
}
