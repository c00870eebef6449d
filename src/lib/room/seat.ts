/** A seat that this tab holds: who its person is, what it keeps, and how it learns that it has lost it. */
import type { Signer } from '../mesh/hello.ts';
import { hexToBytes } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import type { PersistOutcome } from '../host/storage.ts';
import type { GetOutcome, SeatFacts, SeatRecords, UpdateOutcome } from '../tab/seat-records.ts';
import { dropSeatOfTab, setSeatOfTab } from '../tab/seat-index.ts';
import type { Claim } from './claim.ts';
import { createSigner, type Identity } from './identity.ts';
import { createShareKey, type ShareKey } from './share-keys.ts';

export type IncarnationOutcome =
  | { readonly ok: true; readonly incarnation: number }
  | { readonly ok: false; readonly error: string };

export class Seat {
  readonly identity: Identity;
  readonly signer: Signer;
  /** Its key for shares of aggregates, with what proves it to others. */
  readonly shareKey: ShareKey;
  readonly #claim: Claim;
  readonly #records: SeatRecords;
  #facts: SeatFacts;
  /** Why it is lost; `null` while it is held. */
  #lost: string | null = null;
  #listeners: ((why: string) => void)[] = [];

  private constructor(held: {
    claim: Claim;
    records: SeatRecords;
    facts: SeatFacts;
    signer: Signer;
    shareKey: ShareKey;
  }) {
    const { facts } = held;
    this.#claim = held.claim;
    this.#records = held.records;
    this.#facts = facts;
    this.signer = held.signer;
    this.shareKey = held.shareKey;
    this.identity = {
      id: facts.id,
      publicKey: hexToBytes(facts.publicKey),
      secretKey: hexToBytes(facts.secretKey),
    };
    this.#claim.onLost(() => this.lose('Another tab holds this seat: it was there first.'));
  }

  static async from(claim: Claim, records: SeatRecords, facts: SeatFacts): Promise<Seat> {
    const { id } = facts;
    const secretKey = hexToBytes(facts.secretKey);
    const signer = await createSigner({ id, publicKey: hexToBytes(facts.publicKey), secretKey });
    const shareKey = await createShareKey(secretKey, signer);
    return new Seat({ claim, records, facts, signer, shareKey });
  }

  get id(): MemberId {
    return this.#facts.id;
  }

  get name(): string {
    return this.#facts.name;
  }

  get room(): string {
    return this.#facts.room;
  }

  get role(): SeatFacts['role'] {
    return this.#facts.role;
  }

  /** Grows with every page load that takes this seat; durable before anyone could read it here. */
  get pageIncarnation(): number {
    return this.#facts.pageIncarnation;
  }

  rename(name: string): Promise<UpdateOutcome> {
    return this.#update((facts) => ({ ...facts, name }));
  }

  /** The room that this seat's person has just opened: its code was not known when the seat was made. */
  async settleIn(room: string): Promise<UpdateOutcome> {
    const updated = await this.#update((facts) => ({ ...facts, room }));
    if (!updated.ok) return updated;
    dropSeatOfTab(this.id);
    setSeatOfTab(room, this.id);
    return updated;
  }

  setRole(role: SeatFacts['role']): Promise<UpdateOutcome> {
    return this.#update((facts) => ({ ...facts, role }));
  }

  /** The number for the next start of a replica of this seat: one more than any before, and durable. */
  async nextReplicaIncarnation(): Promise<IncarnationOutcome> {
    const updated = await this.#update((facts) => ({
      ...facts,
      replicaIncarnation: facts.replicaIncarnation + 1,
    }));
    return updated.ok ? { ok: true, incarnation: updated.facts.replicaIncarnation } : updated;
  }

  /** Small records of the room, by key: kept with the seat and lost with it. */
  get(key: string): Promise<GetOutcome> {
    return this.#records.get(key);
  }

  put(key: string, value: Json): Promise<PersistOutcome> {
    return this.#records.put(key, value);
  }

  /** The seat was forgotten, cleared or claimed elsewhere: its replica must stop now. At once if it is so already. */
  onGone(listener: (why: string) => void): void {
    if (this.#lost === null) this.#listeners.push(listener);
    else listener(this.#lost);
  }

  /** Gives the seat back, for another tab to take. */
  close(): void {
    this.#listeners = [];
    this.#records.close();
    this.#claim.release();
  }

  /** Called by whoever opened it when its disk or its claim is taken away. */
  lose(why: string): void {
    if (this.#lost !== null) return;
    this.#lost = why;
    const listeners = this.#listeners;
    this.close();
    for (const listener of listeners) listener(why);
  }

  async #update(change: (facts: SeatFacts) => SeatFacts): Promise<UpdateOutcome> {
    const updated = await this.#records.update(change);
    if (updated.ok) this.#facts = updated.facts;
    return updated;
  }
}
