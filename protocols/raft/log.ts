/**
 * The replicated log: entries in an array that starts above a base index, so that a snapshot can later take the place
 * of everything up to the base. Indices count from 1; index 0 stands for the empty log, with term 0.
 */
import { listBytesMax, requestBytes } from '../core/batches.ts';
import type { ClientRequest } from '../core/client.ts';
import { limits } from '../core/limits.ts';

/** Raft Fig. 2: "each entry contains command for state machine, and term when entry was received by leader". */
export type LogEntry =
  | { readonly kind: 'command'; readonly term: number; readonly request: ClientRequest }
  /** What a new leader appends first, so that everything before it can be committed (R11, §8). */
  | { readonly kind: 'noop'; readonly term: number };

/** Where an entry stands and when it was made: by R3 of Fig. 3 (Log Matching) this pair names a whole prefix. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

export interface Log {
  /** Entries up to here are gone from the array. Committed and applied; 0 as long as nothing compacts. */
  baseIndex: number;
  /** The term of the entry at `baseIndex`. */
  baseTerm: number;
  /** `entries[0]` has index `baseIndex + 1`. Terms never decrease along the array. */
  readonly entries: LogEntry[];
}

export function emptyLog(): Log {
  return { baseIndex: 0, baseTerm: 0, entries: [] };
}

export function lastIndexOf(log: Log): number {
  return log.baseIndex + log.entries.length;
}

export function lastPositionOf(log: Log): LogPosition {
  const index = lastIndexOf(log);
  return { index, term: termAt(log, index) ?? log.baseTerm };
}

/** The entry at `index`, if the array holds it. */
export function entryAt(log: Log, index: number): LogEntry | undefined {
  return log.entries[index - log.baseIndex - 1];
}

/** The term of the entry at `index`; `undefined` above the last entry and below the base. */
export function termAt(log: Log, index: number): number | undefined {
  if (index === log.baseIndex) return log.baseTerm;
  return log.entries[index - log.baseIndex - 1]?.term;
}

/** Removes every entry from `index` on. */
export function truncateFrom(log: Log, index: number): void {
  log.entries.length = Math.max(0, index - log.baseIndex - 1);
}

/** The entries from `index` on that one AppendEntries may carry: bounded in count and in bytes. */
export function entriesFrom(log: Log, index: number): readonly LogEntry[] {
  const start = index - log.baseIndex - 1;
  const end = Math.min(log.entries.length, start + limits.entriesPerAppendMax);
  let bytes = 0;
  let stop = start;
  for (; stop < end; stop++) {
    const entry = log.entries[stop];
    bytes += entry?.kind === 'command' ? requestBytes(entry.request) : 0;
    if (bytes > listBytesMax) break;
  }
  return log.entries.slice(start, stop);
}

/**
 * The last position at or below `index` whose term is at most `term`. Terms never decrease, so halving finds it,
 * however far away a hostile `index` and `term` put it.
 */
export function lastPositionWithin(log: Log, index: number, term: number): LogPosition {
  let low = log.baseIndex;
  let high = Math.max(low, Math.min(index, lastIndexOf(log)));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((termAt(log, middle) ?? 0) <= term) low = middle;
    else high = middle - 1;
  }
  return { index: low, term: termAt(log, low) ?? log.baseTerm };
}
