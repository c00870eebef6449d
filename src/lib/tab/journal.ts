/**
 * The journal of one replica in one epoch: numbered records of writes, in the order they were made. Only what a
 * record is and how a journal is read stands here; the database is disk.ts's.
 *
 * | field | meaning |
 * |---|---|
 * | number | its place, one more than the record before it; part of the database key |
 * | base | number of the first record of this journal; a fold starts a new journal at a new base |
 * | checksum | CRC-32 over cluster, base, number and body: a record moved elsewhere is damage too |
 * | body | JSON text of the writes |
 *
 * A record missing at the front, in the middle, or changed is noticed. One missing at the end cannot be told from a
 * write that never happened: the database's own transactions answer for that.
 */
import type { DurableState, Json, Write } from '#protocols/core/replica.ts';
import { applyWrites, inKeyOrder } from '../host/storage.ts';
import { crc32OfText } from './checksum.ts';

export interface JournalRecord {
  readonly base: number;
  readonly checksum: number;
  readonly body: string;
}

/** Where a record stands. */
export interface Place {
  readonly cluster: string;
  readonly base: number;
  readonly number: number;
}

/**
 * Characters of one body. Chromium keeps values above 64 KiB as files beside the database: that costs a write 2 ms
 * more, and disk cleaners have deleted such files (MDN, IDBRequest.error, "large value read failure"). A character
 * takes two bytes as soon as one of them is not Latin.
 */
export const bodyCharactersMax = 30_000;

/** Past this many records a journal is folded when it is next read: each record costs a start about 10 µs. */
export const recordsBeforeFold = 1_000;

const checksumOf = ({ cluster, base, number }: Place, body: string): number =>
  crc32OfText(`${cluster} ${base} ${number} ${body}`);

export function sealRecord(place: Place, body: string): JournalRecord {
  return { base: place.base, checksum: checksumOf(place, body), body };
}

/** Cuts `writes`, in order, into bodies of at most {@link bodyCharactersMax}; a single larger write stands alone. */
export function bodiesOf(writes: readonly Write[]): string[] {
  const whole = JSON.stringify(writes);
  if (whole.length <= bodyCharactersMax || writes.length <= 1) return [whole];
  const bodies: string[] = [];
  let pieces: string[] = [];
  let characters = 2;
  for (const write of writes) {
    const piece = JSON.stringify(write);
    if (pieces.length > 0 && characters + piece.length > bodyCharactersMax) {
      bodies.push(`[${pieces.join(',')}]`);
      pieces = [];
      characters = 2;
    }
    pieces.push(piece);
    characters += piece.length + 1;
  }
  bodies.push(`[${pieces.join(',')}]`);
  return bodies;
}

/** The bodies of a journal that says the same as `durable` and nothing else. */
export function foldedBodies(durable: DurableState): string[] {
  return bodiesOf([...durable].map(([key, value]) => ({ type: 'put', key, value })));
}

export type Replayed =
  | {
      readonly ok: true;
      readonly durable: DurableState;
      readonly base: number;
      /** The number of the record to be written next. */
      readonly next: number;
    }
  | { readonly ok: false; readonly error: string };

/** Reads a journal from its first record on. `numbers` and `records` run in parallel, in order of the numbers. */
export function replay(
  cluster: string,
  numbers: readonly number[],
  records: readonly unknown[],
): Replayed {
  const state = new Map<string, Json>();
  const base = numbers[0] ?? 0;
  for (const [position, number] of numbers.entries()) {
    if (number !== base + position) return damage(`record ${base + position} is missing`);
    const record = records[position];
    if (!isRecord(record)) return damage(`record ${number} cannot be read`);
    if (record.checksum !== checksumOf({ cluster, base: record.base, number }, record.body))
      return damage(`record ${number} is not what was written`);
    if (record.base !== base) return damage(`the records before ${base} are missing`);
    applyWrites(state, JSON.parse(record.body) as Write[]);
  }
  return { ok: true, durable: inKeyOrder(state), base, next: base + numbers.length };
}

function isRecord(value: unknown): value is JournalRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { base, checksum, body } = value as Record<string, unknown>;
  return typeof base === 'number' && typeof checksum === 'number' && typeof body === 'string';
}

function damage(what: string): Replayed {
  return {
    ok: false,
    error: `The disk of this seat is damaged (${what}). It is not used: a replica that forgot a vote could vote twice.`,
  };
}
