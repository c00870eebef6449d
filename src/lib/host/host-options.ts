/** What a host is made with, and what it counts. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Answer, Job, Ticks } from '#protocols/core/replica.ts';
import type { Signed } from '#protocols/core/signed.ts';
import type { Eventually, Signer } from './signer.ts';

export interface HostOptions {
  readonly self: ReplicaId;
  /** In the order of the roster. */
  readonly voters: readonly ReplicaId[];
  readonly cluster: string;
  readonly incarnation: number;
  /** An alarm that comes this much too late means that the machine stood still. */
  readonly stallTicks: Ticks;
  /** The key of `self`; `null` in a protocol whose replicas sign nothing. */
  readonly signer: Signer | null;
  /** Does what the core asks for. */
  readonly answer?: (job: Job) => Eventually<Answer>;
  /**
   * Hears of every statement of this replica as it leaves. What a crash keeps from leaving was never said: the next life
   * may say something else. `null`: nobody listens.
   */
  readonly watch: ((statement: Signed) => void) | null;
  /** Called after every turn, when the replica's state holds all that was received, and when something was dropped. */
  readonly turned: (() => void) | null;
}

/** Counts of what was dropped at this door, for the screen. */
export interface HostCounters {
  /** Of another epoch or an earlier life of the sender. */
  stale: number;
  /** The inbox was full: the oldest was dropped. */
  overflowed: number;
}
