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
