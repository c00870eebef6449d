/**
 * The world round one replica, as its host sees it. The tab and the simulator each give one; the host cannot tell
 * which. All times are milliseconds on the machine's own clock.
 */
import type { ClientMessage, ClientReply } from '#protocols/core/client.ts';
import type { ClientId, ReplicaId } from '#protocols/core/ids.ts';
import type { Answer, Operation, Ticks, Write } from '#protocols/core/replica.ts';
import type { PersistOutcome } from './storage.ts';
import type { TraceEvent } from './trace.ts';

/** All that one flush of a turn has for the other replicas and the clients. */
export interface Outgoing<M> {
  /** Per receiver, its messages in order. Receivers of the very same messages stand in one element. */
  readonly messages: readonly {
    readonly to: readonly ReplicaId[];
    readonly envelope: Envelope<M>;
  }[];
  readonly replies: readonly AddressedReply[];
}

export interface AddressedReply {
  readonly client: ClientId;
  readonly reply: ClientReply;
}

/** Messages of one replica to another, with what the receiver's host needs to place them. */
export interface Envelope<M> {
  /** First 16 hex digits of the genesis digest: another epoch's messages are not for this replica. */
  readonly cluster: string;
  /** The sender's starts so far: what an earlier life sent is dropped once a later one has been heard. */
  readonly incarnation: number;
  readonly lamport: number;
  /** Vector clock, one count per seat in the order of the roster. */
  readonly clock: readonly number[];
  readonly messages: readonly M[];
}

export interface Environment<M, N> {
  now(): Ticks;
  /** Calls `Host.alarm` once, at `at` or as soon after as it can; replaces the alarm before. `null`: none. */
  setAlarm(at: Ticks | null): void;
  /** Even over the 32-bit unsigned integers; seeded in the simulator. */
  random(): number;
  /** Milliseconds since 1970, for the trace only. */
  wallClock(): number;
  send(outgoing: Outgoing<M>): void;
  /** Calls back once all of `writes` is durable, in the order of the calls. */
  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void;
  /** Absent where nobody looks: no event is made then. */
  trace?(event: TraceEvent<M, N>): void;
  /** The host cannot go on: its disk failed. Nothing more comes from it. */
  halted(why: string): void;
}

/** What arrived for a replica and has not been stepped. */
export type Arrival<M> =
  | { readonly type: 'envelope'; readonly from: ReplicaId; readonly envelope: Envelope<M> }
  /** Votes of `from` that came when all was settled, and that nobody has verified. */
  | { readonly type: 'unverified'; readonly from: ReplicaId; readonly envelope: Envelope<M> }
  | { readonly type: 'requests'; readonly requests: readonly ClientMessage[] }
  | { readonly type: 'operation'; readonly operation: Operation }
  /** To what the core has asked. */
  | { readonly type: 'answer'; readonly answer: Answer };
