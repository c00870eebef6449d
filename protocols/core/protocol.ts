/** What one line of the registry gives: everything the host, the room and the simulator need of a protocol. */
import type { GenericSchema } from 'valibot';
import type { Codec } from './binary.ts';
import type { Counts } from './counts.ts';
import type { ClientMessage, ReadMode } from './client.ts';
import type { Accountability } from './evidence.ts';
import type { Service } from './service.ts';
import type { ReplicaId } from './ids.ts';
import type { Operation, Replica } from './replica.ts';
import type { Switch } from './switches.ts';
import type { Timing } from './timing.ts';
import type { TreeSummary } from './tree-summary.ts';

/** What a replica is born with. */
export interface ReplicaContext {
  readonly self: ReplicaId;
  /** The voters the epoch starts with, in the order of the roster. A newcomer is not among them. */
  readonly voters: readonly ReplicaId[];
  readonly timing: Timing;
  /** The state machine with its client table, already holding the state the epoch starts from. */
  readonly service: Service;
  /** The names of the epoch's switches that are on; none if nothing is said. */
  readonly switches?: readonly string[];
}

/** One entry of a log as a screen shows it. */
export interface EntrySummary {
  readonly index: number;
  readonly term: number;
  readonly kind: 'command' | 'noop' | 'config';
  /** `put x=1`; empty for a no-op. */
  readonly text: string;
}

/** The votes of one phase that a replica holds for a slot, by the voters' places in the configuration. */
export interface VotesSummary {
  /** They match the proposal, and add to the quorum. */
  readonly counted: readonly number[];
  /** Received before what they are about, or of a view not entered yet. */
  readonly early: readonly number[];
  /** Received when enough had come: nobody has looked at their signatures. */
  readonly late: readonly number[];
  /** For something else than the proposal of the same view. */
  readonly conflicting: readonly number[];
}

/** One slot of a protocol that votes slot by slot. */
export interface SlotSummary {
  readonly n: number;
  /** In which it was proposed last. */
  readonly view: number;
  /** The first digits of what is proposed; empty while nothing is known. */
  readonly digest: string;
  /** Of the batch: `put x=1 and 3 more`; empty for a null request, or one not known. */
  readonly text: string;
  readonly prePrepared: boolean;
  readonly prepares: VotesSummary;
  readonly commits: VotesSummary;
  readonly executed: boolean;
  /** It is executed before it is committed. */
  readonly tentative?: true;
}

/** A slot that a replica executed: of PBFT a batch, of HotStuff a block. */
export interface ExecutedSlot {
  /** PBFT's sequence number, the block's height. */
  readonly n: number;
  /** Of what was executed; `null` where the state after the slot was fetched as a whole. */
  readonly digest: string | null;
  /** Depends on all digests up to this one, in their order: 64 hex digits. */
  readonly history: string;
}

/** What a screen shows of a replica, the same nouns for every protocol. */
export interface ReplicaSummary {
  readonly role: 'follower' | 'candidate' | 'leader' | 'stopped';
  /** Raft's term, PBFT's and HotStuff's view. */
  readonly term: number;
  readonly leader: ReplicaId | null;
  readonly votedFor: ReplicaId | null;
  /** Who voted for this candidate, itself included; empty for other roles. */
  readonly votes: readonly ReplicaId[];
  readonly commitIndex: number;
  readonly lastIndex: number;
  /** The newest entries, oldest first, at most {@link logTailMax}. */
  readonly log: readonly EntrySummary[];
  /** A leader's match index of each other member; empty for other roles. */
  readonly match: Readonly<Record<ReplicaId, number>>;
  /** Everything up to here stands in a snapshot; 0 before the first. */
  readonly snapshotIndex: number;
  /** Who counts by what this replica knows. `votersOld` is empty but for the middle of a joint change. */
  readonly configuration: {
    readonly voters: readonly ReplicaId[];
    readonly votersOld: readonly ReplicaId[];
    readonly learners: readonly ReplicaId[];
  };
  /** Set when the replica saw what its fault model rules out and stopped voting. */
  readonly assumptionBroken: string | null;
  /** Of a protocol with a court: the last slot executed, and all before it. Two honest replicas have the same at the same slot. */
  readonly executed?: Pick<ExecutedSlot, 'n' | 'history'>;
  /** Of a protocol that votes slot by slot: the newest slots, oldest first, at most {@link logTailMax}. */
  readonly slots?: {
    /** Commits that decide a slot; prepares with the pre-prepare that prepare it. */
    readonly quorum: number;
    /** So many, and one of them is honest. */
    readonly weakQuorum: number;
    readonly rows: readonly SlotSummary[];
  };
  /** Of a protocol that chains certificates. */
  readonly tree?: TreeSummary;
}

/** Entries in a summary: what a log table of a phone or a laptop can show. */
export const logTailMax = 24;

/** A message as a screen draws it. */
export interface MessageSummary {
  /** The paper's name, as in `AppendEntries`. */
  readonly name: string;
  readonly term: number;
  /** A request is drawn filled, a reply hollow with a plus or a minus. */
  readonly shape: 'request' | 'granted' | 'refused';
  /** Whether it carries something, as an AppendEntries with entries does, and a bare heartbeat does not. */
  readonly heavy: boolean;
}

/**
 * Of what use a message is to a replica in its present state. Equal votes of several signers count together, and of these
 * no more need be verified than a quorum takes.
 *
 * - `needed`: whatever else has come
 * - `settled`: all that it could count for is decided for good
 */
export type Use = 'needed' | 'settled' | Vote;

/** Its use is to be counted. */
export interface Vote {
  /** Equal for votes that count together. */
  readonly countsFor: string;
  /** Votes of others that are still of use, besides those the state holds. */
  readonly wanted: number;
}

export interface Protocol<M, S, N> {
  /** The registry's name, also in signed bytes: lowercase letters and digits. */
  readonly name: string;
  /** For people: `Raft`. */
  readonly title: string;
  /** Version of the rules and the wire, part of the genesis. */
  readonly version: number;
  readonly message: GenericSchema<unknown, M>;
  /** Its frequent messages in bytes; those that have none there travel as JSON, without a codec all. */
  readonly codec?: Codec<M>;
  /** What its decisions take in messages, in theory and as measured; without it screens count nothing. */
  readonly counts?: Counts<M>;
  /** What its clients send. */
  readonly clientMessage: GenericSchema<unknown, ClientMessage>;
  readonly note: GenericSchema<unknown, N>;
  /** Whether `note` is one of those that come with every decision: of a busy replica screens need a sample of them. */
  isRoutine?(note: N): boolean;
  /** Whether its replicas and clients sign what they say; then the host signs and verifies all of it. */
  readonly signed: boolean;
  /** What its statements prove against those who made them; `null` if they sign none. */
  readonly accountability: Accountability | null;
  readonly votersMin: number;
  readonly votersMax: number;
  /** Voters needed to go on, of `n`. */
  quorum(n: number): number;
  /** Optimisations and the like that an epoch may turn on. */
  readonly switches: readonly Switch[];
  /** Whether its replicas speak with shares of aggregates, where the switches `on` are on; without this they never do. */
  sharing?(on: readonly string[]): boolean;
  /** Matching replies from distinct replicas that a client waits for, where the switches `on` are on. */
  repliesNeeded(n: number, on: readonly string[]): number;
  /** How its replicas can answer a `get` besides as a command of the log, where the switches `on` are on. */
  reads(on: readonly string[]): readonly ReadMode[];
  /** What a person can ask of its replicas. */
  readonly operations: readonly Operation['type'][];
  create(context: ReplicaContext): Replica<M, S, N>;
  /**
   * What `message` would be good for in `state` if its signatures were. A host need not verify one statement by its own
   * signer that is good for nothing; without this it verifies everything.
   */
  useOf?(state: Readonly<S>, message: M): Use;
  summarize(state: Readonly<S>): ReplicaSummary;
  /** Of a protocol with a court: the newest slots above `n` that it executed, in their order. */
  executedAbove?(state: Readonly<S>, n: number): readonly ExecutedSlot[];
  summarizeMessage(message: M): MessageSummary;
}
