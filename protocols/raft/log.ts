/**
 * The replicated log: entries in an array that starts above a base index; a snapshot has taken the place of everything
 * up to the base. Indices count from 1; index 0 stands for the empty log, with term 0.
 */
import { listBytesMax, requestBytes } from '../core/batches.ts';
import type { ClientRequest } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { Configuration, PlacedConfiguration } from './configuration.ts';

/** Raft Fig. 2: "each entry contains command for state machine, and term when entry was received by leader". */
export type LogEntry =
  | { readonly kind: 'command'; readonly term: number; readonly request: ClientRequest }
  /** What a new leader appends first, so that everything before it can be committed (R11, §8). */
  | { readonly kind: 'noop'; readonly term: number }
  /** In force as soon as it is in a log, committed or not (R27). */
  | { readonly kind: 'config'; readonly term: number; readonly configuration: Configuration };

/** Where an entry stands and when it was made: by R3 of Fig. 3 (Log Matching) this pair names a whole prefix. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

export interface Log {
  /** Entries up to here are gone from the array: applied, and in the snapshot; 0 before the first snapshot. */
  baseIndex: number;
  /** The term of the entry at `baseIndex`. */
  baseTerm: number;
  /** `entries[0]` has index `baseIndex + 1`. Terms never decrease along the array. */
  readonly entries: LogEntry[];
  /** In order of index: the configuration in force at the base, then one for each `config` entry above. Never empty. */
  readonly configurations: PlacedConfiguration[];
}

/** `initial` holds until an entry or a snapshot names another configuration. */
export function emptyLog(initial: Configuration): Log {
  const configurations = [{ index: 0, configuration: initial }];
  return { baseIndex: 0, baseTerm: 0, entries: [], configurations };
}

/** Adds `entries` at the end. */
export function appendTo(log: Log, entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    log.entries.push(entry);
    if (entry.kind !== 'config') continue;
    log.configurations.push({ index: lastIndexOf(log), configuration: entry.configuration });
  }
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

/** Removes every entry from `index` on, and with them their configurations: the one before is in force again (R27). */
export function truncateFrom(log: Log, index: number): void {
  log.entries.length = Math.max(0, index - log.baseIndex - 1);
  const { configurations } = log;
  while (configurations.length > 1 && (configurations.at(-1)?.index ?? 0) >= index) {
    configurations.pop();
  }
}

/** Removes every entry up to `index`, which must be in the log. */
export function compactTo(log: Log, index: number): void {
  const term = termAt(log, index);
  if (term === undefined) throw new Error(`no entry ${index} to compact to`);
  log.entries.splice(0, index - log.baseIndex);
  log.baseIndex = index;
  log.baseTerm = term;
  const before = log.configurations.filter((placed) => placed.index <= index).length;
  if (before > 1) log.configurations.splice(0, before - 1);
}

/** Empties the log, to begin again above `base`, where `configuration` is in force. */
export function restartLog(log: Log, base: LogPosition, configuration: Configuration): void {
  log.entries.length = 0;
  log.baseIndex = base.index;
  log.baseTerm = base.term;
  log.configurations.splice(0, Infinity, { index: base.index, configuration });
}

/** R27: the latest configuration in the log, committed or not. Asked for after every step. */
export function latestConfiguration({ configurations }: Log): PlacedConfiguration {
  const latest = configurations[configurations.length - 1];
  if (!latest) throw new Error('a log without a configuration');
  return latest;
}

/** The entries from `index` on that one AppendEntries may carry: bounded in count and in bytes. */
export function entriesFrom(log: Log, index: number): readonly LogEntry[] {
  const start = index - log.baseIndex - 1;
  const end = Math.min(log.entries.length, start + limits.entriesPerAppendMax);
  let bytes = 0;
  let stop = start;
  for (; stop < end; stop++) {
    const entry = log.entries[stop];
    bytes += entry ? entryBytes(entry) : 0;
    if (bytes > listBytesMax) break;
  }
  return log.entries.slice(start, stop);
}

/** At least the bytes of `entry` as JSON text: an id takes 35 in a list. */
function entryBytes(entry: LogEntry): number {
  switch (entry.kind) {
    case 'command':
      return requestBytes(entry.request);
    case 'config': {
      const { voters, votersOld, learners } = entry.configuration;
      return 128 + 35 * (voters.length + votersOld.length + learners.length);
    }
    case 'noop':
      return 0;
  }
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
