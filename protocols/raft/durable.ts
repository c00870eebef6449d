/**
 * What Raft keeps on the disk: `term`, `vote`, one record for each entry of the log, named by its index, and the newest
 * snapshot: `snapshot` says what it is, `snapshot/<16 digits>` hold its text in pieces.
 */
import * as v from 'valibot';
import { integerSchema, replicaIdSchema } from '../core/client.ts';
import { damage } from '../core/damage.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { DurableState, Json, Write } from '../core/replica.ts';
import { slicesOf } from '../core/slices.ts';
import { configurationSchema, type Configuration } from './configuration.ts';
import {
  appendTo,
  emptyLog,
  lastIndexOf,
  restartLog,
  termAt,
  type Log,
  type LogEntry,
  type LogPosition,
} from './log.ts';
import { logEntrySchema, logPositionSchema } from './messages.ts';
import type { Snapshot } from './snapshot.ts';

const logPrefix = 'log/';
const snapshotPrefix = 'snapshot/';
const logPrefixes = padded(logPrefix);
const snapshotPrefixes = padded(snapshotPrefix);
/** Of one record of a snapshot: a write should stay small, and a journal's record below 64 KiB. */
const recordCharactersMax = 8_192;
const voteSchema = v.nullable(replicaIdSchema);
const reasonSchema = v.string();
const snapshotSchema = v.strictObject({
  position: logPositionSchema,
  configuration: configurationSchema,
  /** Where the log on the disk begins: at the snapshot's position, or before it. */
  base: logPositionSchema,
  pieces: integerSchema,
});

/** `log/0000000000000012`: 16 digits hold every index, and the order of the keys is the order of the log. */
export function logKey(index: number): string {
  return numbered(logPrefixes, index);
}

/** `prefix` with as many zeros as a number of 0, 1, 2 … digits needs to fill 16 places. */
function padded(prefix: string): readonly string[] {
  return Array.from({ length: 17 }, (_, digits) => prefix + '0'.repeat(16 - digits));
}

function numbered(prefixes: readonly string[], index: number): string {
  const text = String(index);
  return (prefixes[text.length] as string) + text;
}

/** Term and vote go together: a vote without its term, or the other way round, could be given twice. */
export function hardStateWrites(currentTerm: number, votedFor: ReplicaId | null): Write[] {
  return [
    { type: 'put', key: 'term', value: currentTerm },
    { type: 'put', key: 'vote', value: votedFor },
  ];
}

/** `entries` from index `first` on. */
export function entryWrites(first: number, entries: readonly LogEntry[]): Write[] {
  // An entry is JSON by its schema; its interfaces just have no index signature to say so.
  return entries.map((entry, i) => ({
    type: 'put',
    key: logKey(first + i),
    value: entry as unknown as Json,
  }));
}

/** Removes the entries `from` to `to`, both included. */
export function truncationWrite(from: number, to: number): Write {
  return { type: 'deleteRange', from: logKey(from), to: logKey(to + 1) };
}

/**
 * Puts `snapshot` in the place of the one before and of the entries `from` to `to`, both included; what is left of the log
 * begins above `base`. To be one `persist`: there is no moment without either.
 */
export function snapshotWrites(
  { lastIncludedIndex: index, lastIncludedTerm: term, configuration, data }: Snapshot,
  { base, from, to }: { readonly base: LogPosition; readonly from: number; readonly to: number },
): Write[] {
  const pieces = slicesOf(data, recordCharactersMax);
  const header = { position: { index, term }, configuration, base, pieces: pieces.length };
  return [
    { type: 'deleteRange', from: snapshotPrefix, to: `${snapshotPrefix}~` },
    { type: 'put', key: 'snapshot', value: header as unknown as Json },
    ...pieces.map((value, i): Write => {
      return { type: 'put', key: numbered(snapshotPrefixes, i), value };
    }),
    truncationWrite(from, to),
  ];
}

/** A replica that saw its assumption broken must not forget it with the next restart. */
export function stoppedWrite(reason: string): Write {
  return { type: 'put', key: 'stopped', value: reason };
}

/** Of the snapshot in `durable`, as this replica wrote it. */
export function snapshotPositionOf(durable: DurableState): LogPosition | undefined {
  const header = durable.get('snapshot') as v.InferOutput<typeof snapshotSchema> | undefined;
  return header?.position;
}

export type Recovered =
  | {
      readonly ok: true;
      readonly currentTerm: number;
      readonly votedFor: ReplicaId | null;
      readonly log: Log;
      readonly snapshot: Snapshot | null;
      /** Why it stopped voting before it crashed, or `null`. */
      readonly stopped: string | null;
    }
  | { readonly ok: false; readonly error: string };

/**
 * Reads back what the writes above left. Anything else on the disk is damage: who recovers must not vote with it.
 * `initial` is the configuration of a log without any.
 */
export function recover(durable: DurableState, initial: Configuration): Recovered {
  const currentTerm = durable.get('term') ?? 0;
  const votedFor = durable.get('vote') ?? null;
  const stopped = durable.get('stopped') ?? null;
  if (!v.is(integerSchema, currentTerm)) return damaged('term');
  if (!v.is(voteSchema, votedFor)) return damaged('vote');
  if (stopped !== null && !v.is(reasonSchema, stopped)) return damaged('stopped');

  const log = emptyLog(initial);
  const found = recoverSnapshot(durable, log);
  if (!found.ok) return damaged('snapshot');
  const { snapshot } = found;
  let lastTerm = log.baseTerm;
  if (lastTerm > currentTerm) return damaged('snapshot');
  for (;;) {
    const index = lastIndexOf(log) + 1;
    const record = durable.get(logKey(index));
    if (record === undefined) break;
    const parsed = v.safeParse(logEntrySchema, record);
    if (!parsed.success) return damaged(`entry ${index}`);
    const entry = parsed.output;
    if (entry.term < lastTerm || entry.term > currentTerm) return damaged(`term of entry ${index}`);
    lastTerm = entry.term;
    appendTo(log, [entry]);
  }
  let records = 0;
  for (const key of durable.keys()) if (key.startsWith(logPrefix)) records++;
  if (records !== log.entries.length) return damaged(`entry ${lastIndexOf(log) + 1}`);
  if (snapshot && termAt(log, snapshot.lastIncludedIndex) !== snapshot.lastIncludedTerm) {
    return damaged(`entry ${snapshot.lastIncludedIndex}`);
  }
  return { ok: true, currentTerm, votedFor, log, snapshot, stopped };
}

/** The snapshot on the disk, if there is one; `log` is made to begin where the one on the disk does. */
function recoverSnapshot(
  durable: DurableState,
  log: Log,
): { readonly ok: true; readonly snapshot: Snapshot | null } | { readonly ok: false } {
  const record = durable.get('snapshot');
  if (record === undefined) return { ok: true, snapshot: null };
  const parsed = v.safeParse(snapshotSchema, record);
  if (!parsed.success) return { ok: false };
  const { position, configuration, base, pieces } = parsed.output;
  const texts: string[] = [];
  while (texts.length < pieces) {
    const text = durable.get(numbered(snapshotPrefixes, texts.length));
    if (typeof text !== 'string') return { ok: false };
    texts.push(text);
  }
  restartLog(log, base, configuration);
  const { index: lastIncludedIndex, term: lastIncludedTerm } = position;
  const data = texts.join('');
  return { ok: true, snapshot: { lastIncludedIndex, lastIncludedTerm, configuration, data } };
}

function damaged(what: string): Recovered {
  return { ok: false, error: damage(what) };
}
