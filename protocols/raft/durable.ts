/** What Raft keeps on the disk: `term`, `vote`, and one record for each entry of the log, named by its index. */
import * as v from 'valibot';
import { integerSchema, replicaIdSchema } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { DurableState, Json, Write } from '../core/replica.ts';
import { emptyLog, type Log, type LogEntry } from './log.ts';
import { logEntrySchema } from './messages.ts';

const logPrefix = 'log/';
const zeros = '0'.repeat(16);
const voteSchema = v.nullable(replicaIdSchema);
const reasonSchema = v.string();

/** `log/0000000000000012`: 16 digits hold every index, and the order of the keys is the order of the log. */
export function logKey(index: number): string {
  const digits = String(index);
  return logPrefix + zeros.slice(digits.length) + digits;
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

/** A replica that saw its assumption broken must not forget it with the next restart. */
export function stoppedWrite(reason: string): Write {
  return { type: 'put', key: 'stopped', value: reason };
}

export type Recovered =
  | {
      readonly ok: true;
      readonly currentTerm: number;
      readonly votedFor: ReplicaId | null;
      readonly log: Log;
      /** Why it stopped voting before it crashed, or `null`. */
      readonly stopped: string | null;
    }
  | { readonly ok: false; readonly error: string };

/** Reads back what the writes above left. Anything else on the disk is damage: who recovers must not vote with it. */
export function recover(durable: DurableState): Recovered {
  const currentTerm = durable.get('term') ?? 0;
  const votedFor = durable.get('vote') ?? null;
  const stopped = durable.get('stopped') ?? null;
  if (!v.is(integerSchema, currentTerm)) return damaged('term');
  if (!v.is(voteSchema, votedFor)) return damaged('vote');
  if (stopped !== null && !v.is(reasonSchema, stopped)) return damaged('stopped');

  const log = emptyLog();
  let lastTerm = 0;
  for (;;) {
    const index = log.entries.length + 1;
    const record = durable.get(logKey(index));
    if (record === undefined) break;
    const parsed = v.safeParse(logEntrySchema, record);
    if (!parsed.success) return damaged(`entry ${index}`);
    const entry = parsed.output;
    if (entry.term < lastTerm || entry.term > currentTerm) return damaged(`term of entry ${index}`);
    lastTerm = entry.term;
    log.entries.push(entry);
  }
  let records = 0;
  for (const key of durable.keys()) if (key.startsWith(logPrefix)) records++;
  if (records !== log.entries.length) return damaged(`entry ${log.entries.length + 1}`);
  return { ok: true, currentTerm, votedFor, log, stopped };
}

function damaged(what: string): Recovered {
  return { ok: false, error: `the disk does not hold what this replica wrote: ${what}` };
}
