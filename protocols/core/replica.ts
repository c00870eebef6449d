/**
 * The contract every protocol core fulfils (K1 to K13). A core is a deterministic function of its state and one
 * event; all clocks, disks, links and dice belong to the host.
 */
import type { AggregateAnswer, AggregateJob } from './aggregate.ts';
import type { ClientMessage, ClientReply, Command, Result } from './client.ts';
import type { ClientId, ReplicaId } from './ids.ts';

/** Milliseconds of the host's own clock: an integer, never negative. */
export type Ticks = number;

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Durable records by key. Keys are ASCII and ordered by code unit; the host hands back what was persisted last. */
export type DurableState = ReadonlyMap<string, Json>;

/** One small change to the durable state: never the whole of it. */
export type Write =
  | { readonly type: 'put'; readonly key: string; readonly value: Json }
  /** Deletes every key with `from` <= key < `to`. */
  | { readonly type: 'deleteRange'; readonly from: string; readonly to: string };

/** What the person at a replica asks of it. One that cannot do it says so by a note. */
export type Operation =
  | { readonly type: 'transferLeadership'; readonly to: ReplicaId }
  | {
      readonly type: 'changeMembership';
      readonly voters: readonly ReplicaId[];
      readonly learners: readonly ReplicaId[];
    };

/** All that can happen to a replica. */
export type Event<M> =
  /** First of all events: first boot, or restart after a crash. `incarnation` grows with each start. */
  | { readonly type: 'start'; readonly durable: DurableState; readonly incarnation: number }
  /** A message that was decoded, bounded and checked. `from` is what the link proved, never a field of it (K9). */
  | { readonly type: 'receive'; readonly from: ReplicaId; readonly message: M }
  /**
   * A message that came from who signed it, when all that it could count for was settled (`Protocol.useOf`): nobody has
   * checked its signature, and nothing may be counted by it.
   */
  | { readonly type: 'unverified'; readonly from: ReplicaId; readonly message: M }
  | { readonly type: 'timeout'; readonly timer: string }
  /** The host stood still for `elapsedTicks` while time went on (K13). Its timers are re-armed by the core. */
  | { readonly type: 'wake'; readonly elapsedTicks: Ticks }
  /** All requests and queries of clients that one turn brought, in order of arrival. */
  | { readonly type: 'request'; readonly requests: readonly ClientMessage[] }
  | { readonly type: 'operate'; readonly operation: Operation }
  /** To an `ask` of this life. */
  | { readonly type: 'answer'; readonly answer: Answer };

/** What a core may not do itself. */
export type Job = AggregateJob;
export type Answer = AggregateAnswer;

/** What a core wants done, performed strictly in this order. */
export type Effect<M, N> =
  /** Durable before any later effect of the turn leaves the machine (K2). */
  | { readonly type: 'persist'; readonly writes: readonly Write[] }
  /** To oneself too: that is how one's own acknowledgement comes back once it is durable (K4). */
  | { readonly type: 'send'; readonly to: readonly ReplicaId[]; readonly message: M }
  /** The host draws evenly from [ticksMin, ticksMax]. Setting a timer again replaces it. */
  | {
      readonly type: 'setTimer';
      readonly timer: string;
      readonly ticksMin: Ticks;
      readonly ticksMax: Ticks;
    }
  | { readonly type: 'cancelTimer'; readonly timer: string }
  /** `command` was executed at `index` (from 1, without gaps). `null` for an entry that carries none. */
  | {
      readonly type: 'apply';
      readonly index: number;
      readonly command: Command | null;
      readonly result: Result;
    }
  /** The service holds all that was executed up to `index`, taken over as a snapshot instead of applied. */
  | { readonly type: 'restore'; readonly index: number }
  | { readonly type: 'reply'; readonly to: ClientId; readonly reply: ClientReply }
  /** Answered in a later turn, unless the replica crashes before. */
  | { readonly type: 'ask'; readonly job: Job }
  /** What the screen tells: a change of role, a refusal with its reason. */
  | { readonly type: 'note'; readonly note: N };

/**
 * One replica of one protocol. `step` is total: no input from outside makes it throw; assertions guard our own
 * mistakes only. Same state and same event give the same effects.
 *
 * @typeParam M messages between replicas
 * @typeParam S the state a checker or a screen may read, never write
 * @typeParam N notes
 */
export interface Replica<M, S, N> {
  readonly state: Readonly<S>;
  step(event: Event<M>): readonly Effect<M, N>[];
}
