/** What holds a cluster to its protocol from outside: a checker sees every replica, which none of them can. */
import type { ReplicaId } from './ids.ts';
import type { DurableState, Effect, Event } from './replica.ts';

/** An invariant that does not hold. */
export interface Violation {
  /** Its number in the protocol's README. */
  readonly id: string;
  /** A sentence for a person. */
  readonly text: string;
}

/** What a replica's disk holds now. */
export type DiskOf = (id: ReplicaId) => DurableState;

/** Follows one cluster through its whole history. Each call gives back what no longer holds. */
export interface Checker<M, S, N> {
  /** After each step of the replica with `state`, on `event`. A state not seen before is a new life: it was just started. */
  check(state: Readonly<S>, effects: readonly Effect<M, N>[], event: Event<M>): Iterable<Violation>;
  /** When a message leaves the machine: what a crash undid before that, nobody saw. */
  released(self: ReplicaId, effect: Effect<M, N>): Iterable<Violation>;
  /** The replica crashed: its memory proves nothing any more. */
  forget(self: ReplicaId): void;
  /** The replica lies from here on: nothing that it says, holds or has on its disk binds anyone. Not checked any more. */
  distrust(self: ReplicaId): void;
}
