/** Telling a trace in plain words, for every protocol. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ShownEvent, TraceBatch } from '../host/trace-wire.ts';
import type { EventLine } from './types.ts';

export interface Told {
  readonly text: string;
  readonly tone: EventLine['tone'];
}

export interface Scene {
  /** The name of the replica that noted it. */
  readonly who: string;
  readonly name: (id: ReplicaId) => string;
  readonly cause: ShownEvent<unknown>['cause'];
  /** The voters as the replica knows them, in the order of the roster. */
  readonly voters: readonly ReplicaId[];
}

export type Narrate<N> = (note: N, scene: Scene) => Told | null;

/** A line and the Lamport time of the step that it tells. */
export interface Timed extends Told {
  readonly lamport: number;
}

/** Tells of one epoch what no note says, from what replicas look like after each batch of their traces. */
export type Tell = (
  from: ReplicaId,
  batch: TraceBatch<unknown>,
  name: (id: ReplicaId) => string,
) => readonly Timed[];

/** `1.9 s`; below a tenth of a second in milliseconds. */
export function seconds(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** `Ana, Ben and Eva`. */
export function list(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? 'nobody';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
