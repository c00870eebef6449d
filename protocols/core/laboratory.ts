/** What a protocol gives to those who test it: its checkers, its classic mistakes, and the lies it can be told. */
import type { BehaviourKind } from './behaviour.ts';
import type { Checker, DiskOf } from './checker.ts';
import type { Protocol, ReplicaContext } from './protocol.ts';
import type { Replica } from './replica.ts';
import type { Script, World } from './schedule.ts';

/** A mistake somebody made: the honest protocol with a rule or two replaced. */
export interface Bug<M, S, N> {
  /** Lowercase words with hyphens. */
  readonly name: string;
  /** What the code does wrong, in a sentence. */
  readonly title: string;
  /** Whose mistake it was, or which rule of the paper it leaves out. */
  readonly seenIn: string;
  /** What no longer holds; a liveness bug shows only once all is well again. */
  readonly breaks: 'safety' | 'liveness';
  /** The switches that must be on for it to show. */
  readonly switches?: readonly string[];
  create(context: ReplicaContext, snapshots: World['snapshots']): Replica<M, S, N>;
  /** Schedules that lead straight to it, for what chance finds too late. */
  readonly scripts: readonly Script[];
}

export interface Laboratory<M, S, N> {
  readonly protocol: Protocol<M, S, N>;
  /** The honest protocol, with snapshots as often as the world asks. */
  create(context: ReplicaContext, snapshots: World['snapshots']): Replica<M, S, N>;
  /** The names of all its messages: a simulated link may stop those of one name. */
  readonly messageNames: readonly string[];
  readonly bugs: readonly Bug<M, S, N>[];
  /** The menu of lies. */
  readonly behaviours: readonly BehaviourKind<M, S, N>[];
  /** Which of them do more together: every liar does all of one list. */
  readonly plots: readonly (readonly string[])[];
  /** How many of `n` may lie before it promises nothing; 0 for a protocol that tolerates crashes only. */
  liarsTolerated(n: number): number;
  /** Of `n` machines, how many may be away for good while the others go on. */
  faultsTolerated(n: number): number;
  /**
   * Who must end up under one leader once all is well: all, or a quorum, if a replica that gave up on a leader alone stays
   * without one until others do, and only learns what they decide.
   */
  readonly convergence: 'all' | 'quorum';
  /** A checker for one cluster, from its first step on. */
  createChecker(diskOf: DiskOf): Checker<M, S, N>;
  /** What the note says that a run is measured by, or `null`. */
  milestoneOf(note: N): Milestone | null;
}

/** - `leader`: a replica took office
 * - `snapshotTaken`, `snapshotInstalled`: of its own state, or from another
 * - `membership`: the change in the entry at `index` is committed; several may tell of it */
export type Milestone =
  | { readonly type: 'leader' | 'snapshotTaken' | 'snapshotInstalled' }
  | { readonly type: 'membership'; readonly index: number };
