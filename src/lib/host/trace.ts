/**
 * The trace: one event for every step of a replica, the same for tab, simulator and export. A screen, a checker and
 * a replay read nothing else.
 */
import type { ClientMessage, ClientReply, Command, Result } from '#protocols/core/client.ts';
import type { ClientId, ReplicaId } from '#protocols/core/ids.ts';
import type { Answer, Job, Operation, Ticks } from '#protocols/core/replica.ts';

/** What came in. */
export type TracedCause<M> =
  | { readonly type: 'start'; readonly incarnation: number; readonly records: number }
  /** Verified or not: what is settled already needs no proof. */
  | { readonly type: 'receive'; readonly from: ReplicaId; readonly message: M }
  | { readonly type: 'timeout'; readonly timer: string; readonly silentTicks: Ticks }
  | { readonly type: 'wake'; readonly elapsedTicks: Ticks }
  | { readonly type: 'request'; readonly requests: readonly ClientMessage[] }
  | { readonly type: 'operate'; readonly operation: Operation }
  | { readonly type: 'answer'; readonly answer: Answer };

/** What went out, with what the host drew or counted. */
export type TracedEffect<M, N> =
  | { readonly type: 'persist'; readonly records: number }
  | { readonly type: 'send'; readonly to: readonly ReplicaId[]; readonly message: M }
  | { readonly type: 'setTimer'; readonly timer: string; readonly ticks: Ticks }
  | { readonly type: 'cancelTimer'; readonly timer: string }
  | {
      readonly type: 'apply';
      readonly index: number;
      readonly command: Command | null;
      readonly result: Result;
    }
  | { readonly type: 'restore'; readonly index: number }
  | { readonly type: 'reply'; readonly to: ClientId; readonly reply: ClientReply }
  | { readonly type: 'ask'; readonly job: Job }
  | { readonly type: 'note'; readonly note: N };

export interface TraceEvent<M, N> {
  readonly replica: ReplicaId;
  readonly incarnation: number;
  /** Counts the events of this incarnation from 1: a jump is a gap. */
  readonly number: number;
  /** Milliseconds since 1970 on the replica's own machine. */
  readonly at: number;
  readonly lamport: number;
  readonly clock: readonly number[];
  readonly cause: TracedCause<M>;
  readonly effects: readonly TracedEffect<M, N>[];
}
