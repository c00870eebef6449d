/**
 * What a protocol gives a screen that counts its messages: what theory says a decision takes, and what each message
 * that was really sent is for. Counted are messages between distinct replicas; a multicast to k of them is k.
 */
import type { ReplicaId } from './ids.ts';
import type { ReplicaSummary } from './protocol.ts';

/** Messages that are counted together. */
export interface CountedKind {
  readonly id: string;
  /** As in `appends with entries`. */
  readonly title: string;
}

/** What theory says of one situation, for `n` replicas that are all up. */
export interface CountFormula {
  /** As in `by itself`: what is said of a decision of this kind. */
  readonly title: string;
  /** As in `4(n − 1)`. */
  readonly text: string;
  /** Messages of one decision by kind; kinds not named are not sent. */
  perDecision(n: number): Readonly<Record<string, number>>;
}

/** A message that came in, and what was sent because of it. */
export interface Received<M> {
  readonly from: ReplicaId;
  readonly message: M;
}

/** Looks at all that one replica receives and sends, in order. */
export interface CountSorter<M> {
  /** A step begins: with this message, or with something else. */
  begin(cause: Received<M> | null): void;
  /** The id of the kind that a message to another replica is of. */
  sort(to: ReplicaId, message: M): string;
}

export interface Counts<M> {
  /** Kinds that decisions are made of, in the order they travel. Of the first a round has n − 1. */
  readonly kinds: readonly CountedKind[];
  /** Kinds that belong to no decision, and repetitions. */
  readonly apart: readonly CountedKind[];
  /** At least one; the most costly first. */
  readonly formulas: readonly CountFormula[];
  /** How many decisions a replica shows, from the beginning of the epoch. */
  decided(summary: ReplicaSummary): number;
  sorter(): CountSorter<M>;
}
