/**
 * The `identity` store of one seat's database, as the page uses it: the seat's own facts in one record, so that they
 * change together, and small records of the room layer beside them (the genesis chain, for one). Every write is
 * strict: what was answered survives the machine.
 */
import * as v from 'valibot';
import { isMemberId, type MemberId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import type { PersistOutcome } from '../host/storage.ts';
import { openSeatDb, storageSentence, type SeatDb } from './seat-db.ts';

const counter = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hexKey = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const factsSchema = v.object({
  id: v.custom<MemberId>((value) => typeof value === 'string' && isMemberId(value)),
  /** Hex of the 32-byte seed and of the 32-byte public key. */
  secretKey: hexKey,
  publicKey: hexKey,
  name: v.string(),
  /** Code of the room. */
  room: v.string(),
  role: v.picklist(['member', 'facilitator']),
  /** Page loads that held this seat so far. */
  pageIncarnation: counter,
  /** Starts of this seat's replicas so far, over all epochs. */
  replicaIncarnation: counter,
  /** Milliseconds since 1970, by this machine's clock. `lastSeen`: when a page last took the seat. */
  createdAt: counter,
  lastSeen: counter,
});

/** What a seat knows about itself. */
export type SeatFacts = Readonly<v.InferOutput<typeof factsSchema>>;

export type RecordsOutcome =
  | { readonly ok: true; readonly records: SeatRecords; readonly facts: SeatFacts }
  | { readonly ok: false; readonly lost: boolean; readonly error: string };
export type UpdateOutcome =
  { readonly ok: true; readonly facts: SeatFacts } | { readonly ok: false; readonly error: string };
export type GetOutcome =
  /** `undefined`: never put. */
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly error: string };

const factsKey = 'seat';
const recordKey = (key: string): string => `record/${key}`;
const strict = { durability: 'strict' } as const;

export class SeatRecords {
  readonly #db: SeatDb;

  private constructor(db: SeatDb) {
    this.#db = db;
  }

  /** Makes the database of a new seat. A seat of that id must not exist. */
  static async create(facts: SeatFacts, gone?: (why: string) => void): Promise<RecordsOutcome> {
    const opened = await openSeatDb(facts.id, 'create', gone);
    if (!opened.ok) return opened;
    const records = new SeatRecords(opened.db);
    try {
      const transaction = opened.db.transaction('identity', 'readwrite', strict);
      await Promise.all([transaction.store.add(facts, factsKey), transaction.done]);
      return { ok: true, records, facts };
    } catch (error) {
      records.close();
      return { ok: false, lost: false, error: storageSentence(error) };
    }
  }

  /** @param gone called once if the database is deleted or cleared while open here. */
  static async open(member: MemberId, gone?: (why: string) => void): Promise<RecordsOutcome> {
    const opened = await openSeatDb(member, 'existing', gone);
    if (!opened.ok) return opened;
    const records = new SeatRecords(opened.db);
    try {
      const facts = factsOf(member, await opened.db.get('identity', factsKey));
      if (facts) return { ok: true, records, facts };
      records.close();
      return { ok: false, lost: true, error: 'The key of this seat cannot be read any more.' };
    } catch (error) {
      records.close();
      return { ok: false, lost: false, error: storageSentence(error) };
    }
  }

  /** Reads, changes and writes the facts in one transaction. */
  async update(change: (facts: SeatFacts) => SeatFacts): Promise<UpdateOutcome> {
    try {
      const transaction = this.#db.transaction('identity', 'readwrite', strict);
      const parsed = v.safeParse(factsSchema, await transaction.store.get(factsKey));
      if (!parsed.success) return { ok: false, error: 'The key of this seat cannot be read.' };
      const facts = change(parsed.output);
      await Promise.all([transaction.store.put(facts, factsKey), transaction.done]);
      return { ok: true, facts };
    } catch (error) {
      return { ok: false, error: storageSentence(error) };
    }
  }

  async get(key: string): Promise<GetOutcome> {
    try {
      return { ok: true, value: await this.#db.get('identity', recordKey(key)) };
    } catch (error) {
      return { ok: false, error: storageSentence(error) };
    }
  }

  async put(key: string, value: Json): Promise<PersistOutcome> {
    try {
      const transaction = this.#db.transaction('identity', 'readwrite', strict);
      const written = transaction.store.put(value, recordKey(key));
      transaction.commit();
      await Promise.all([written, transaction.done]);
      return { ok: true };
    } catch (error) {
      return { ok: false, error: storageSentence(error) };
    }
  }

  close(): void {
    this.#db.close();
  }
}

function factsOf(member: MemberId, record: unknown): SeatFacts | null {
  const parsed = v.safeParse(factsSchema, record);
  return parsed.success && parsed.output.id === member ? parsed.output : null;
}
