/** Snapshots as data: what one holds, its text, and its pieces (§7, dissertation chapter 5). */
import * as v from 'valibot';
import type { ReplicaId } from '../core/ids.ts';
import { serviceCheckpointSchema, type ServiceCheckpoint } from '../core/service.ts';
import type { Configuration } from './configuration.ts';
import type { LogPosition } from './log.ts';

/** Takes the place of every entry up to `lastIncludedIndex`, which is applied. Never changed, only replaced. */
export interface Snapshot {
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  /** In force at `lastIncludedIndex` (R35). */
  readonly configuration: Configuration;
  /** The service with its client table, as JSON text: equal for replicas that applied the same. */
  readonly data: string;
}

/** A snapshot of which a part has come, in order. */
export interface Incoming {
  readonly from: ReplicaId;
  readonly term: number;
  readonly position: LogPosition;
  readonly configuration: Configuration;
  readonly pieces: string[];
  /** Characters of all pieces. */
  length: number;
}

/** A slice of `data` from `offset` on, of at most `charactersMax`, at least 2. No pair of surrogates is torn. */
export function sliceOf(data: string, offset: number, charactersMax: number): string {
  const slice = data.slice(offset, offset + charactersMax);
  const isTorn = offset + slice.length < data.length && !slice.isWellFormed();
  return isTorn ? slice.slice(0, -1) : slice;
}

/** `data` in slices, in order. */
export function slicesOf(data: string, charactersMax: number): string[] {
  const slices: string[] = [];
  for (let offset = 0; offset < data.length; offset += slices.at(-1)?.length ?? charactersMax) {
    slices.push(sliceOf(data, offset, charactersMax));
  }
  return slices;
}

/** What `data` says, or `null` if no replica can have written it. */
export function parseCheckpoint(data: string): ServiceCheckpoint | null {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  const parsed = v.safeParse(serviceCheckpointSchema, value, { abortEarly: true });
  return parsed.success ? parsed.output : null;
}
