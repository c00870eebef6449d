/** The state of one Raft replica (Fig. 2, State), as plain data. Handlers change it; checkers and screens read it. */
import type { ClientQuery, ReadMode } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { ReplicaContext } from '../core/protocol.ts';
import type { Effect } from '../core/replica.ts';
import { votersIn, type Configuration } from './configuration.ts';
import { emptyLog, latestConfiguration, type Log } from './log.ts';
import type { LeaderRead, ReadContext } from './client-messages.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import type { Progress } from './progress.ts';
import type { Rules } from './rules.ts';
import type { Incoming, Snapshot } from './snapshot.ts';

export interface Follower {
  readonly name: 'follower';
}

/**
 * Stands for election, or (`preCandidate`) asks first whether it could win, which changes nothing yet (R23). Sets of
 * identities: a repeated answer counts once (K10).
 */
export interface Candidate {
  readonly name: 'preCandidate' | 'candidate';
  /** Itself included if it is a voter: its vote is on its disk before anyone is asked. */
  readonly granted: Set<ReplicaId>;
  readonly refused: Set<ReplicaId>;
}

/** Who took in the requests at indices `first` to `last`, and so passes on their answers. */
export interface Taken {
  readonly by: ReplicaId;
  readonly first: number;
  readonly last: number;
}

/** A newcomer gets the log in rounds: each ends with what the leader's log held when it began (R32). */
export interface CatchUp {
  /** From 1. */
  round: number;
  /** The round ends when the newcomer matches up to here. */
  upTo: number;
  /** `Leader.round` when this round began: heartbeats are the leader's only clock. */
  since: number;
  done: boolean;
}

export interface Change {
  readonly voters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
  readonly newcomers: ReadonlyMap<ReplicaId, CatchUp>;
  /** Newcomers who became learners for this change only, and cease to be if it is abandoned. */
  readonly added: readonly ReplicaId[];
}

export interface Leader {
  readonly name: 'leader';
  /** One for each member, and its own, which holds only `matchIndex`: what its disk acknowledged (K4). */
  readonly progress: Map<ReplicaId, Progress>;
  /** The change of membership that waits for newcomers to catch up (R32). */
  change: Change | null;
  /** Requests taken in during this leadership and not yet applied, by ascending index. */
  readonly taken: Taken[];
  /** Index of the last configuration known to be committed. */
  settledIndex: number;
  /** Rounds of heartbeats begun. */
  round: number;
  /** Who answered since quorum was last checked (R25). */
  readonly recentActive: Set<ReplicaId>;
  /** Read indices owed, oldest first. */
  readonly owed: OwedReadIndex[];
  /** The latest round begun for the sake of reads; 0 before the first. */
  readRound: number;
  /** The round that began the lease whose timer runs: a lease once that round is confirmed (R39). */
  leaseRound: number | null;
  /** To whom the office is being handed over, and whether it was told. */
  transfer: { readonly to: ReplicaId; told: boolean } | null;
  /** A TimeoutNow of this term is on its way or has arrived: a successor may be elected at any moment, so no lease. */
  toldSuccessor: boolean;
}

/** A read index that a leader gives once it is sure that it led when it was asked (R36). */
export interface OwedReadIndex {
  readonly to: ReplicaId;
  readonly context: ReadContext;
  readonly read: LeaderRead;
  /** The commitIndex to give; `null` until an entry of the leader's own term is committed. */
  index: number | null;
  /** Rounds begun when `index` was taken: a later one must be confirmed. */
  after: number;
}

/** A query that this replica took and will answer from its own state (R38). */
export interface WaitingQuery {
  readonly query: ClientQuery;
  served: ReadMode;
  /** Whom it asked for a read index, in which term, by which number; `null` once it has it or needs none. */
  asked: { readonly of: ReplicaId; readonly term: number; readonly number: number } | null;
  /** Answered once this is applied. */
  index: number;
}

/** Saw what the fault model rules out: it votes, acknowledges and leads no more. */
export interface Stopped {
  readonly name: 'stopped';
  readonly reason: string;
}

export interface RaftState {
  readonly self: ReplicaId;
  role: Follower | Candidate | Leader | Stopped;

  /** Durable. Latest term seen; never decreases. */
  currentTerm: number;
  /** Durable. Who got the vote of `currentTerm`; becomes `null` only when the term grows (R3). */
  votedFor: ReplicaId | null;
  /** Durable. */
  readonly log: Log;
  /** Durable. The newest snapshot, own or received; `log.baseIndex <= snapshot.lastIncludedIndex <= lastApplied`. */
  snapshot: Snapshot | null;
  /** A snapshot of which the leader has sent a part. */
  incoming: Incoming | null;

  /** Highest index known to be committed; never decreases in one run. After a restart it begins at the snapshot. */
  commitIndex: number;
  /** Highest index executed; `lastApplied <= commitIndex`. */
  lastApplied: number;
  /** The leader of `currentTerm`, once heard. Forgotten with the term, or two replicas could send a client in circles. */
  leaderId: ReplicaId | null;
  /** It heard a leader within the shortest election timeout, or may have: it was just restarted (R24). */
  heardLeader: boolean;

  /** Starts so far, this one counted. */
  incarnation: number;
  /** By client and number, oldest first; at most `limits.queriesWaitingMax`. */
  readonly queries: Map<string, WaitingQuery>;
  /** Questions for a read index so far, in this life. */
  readIndicesAsked: number;
}

export type RaftEffect = Effect<RaftMessage, RaftNote>;

/** One replica at work: what its handlers share. */
export interface Raft {
  readonly state: RaftState;
  readonly context: ReplicaContext;
  readonly rules: Rules;
  /** Of the event being handled, in order. */
  effects: RaftEffect[];
}

export function initialState({ self, voters }: ReplicaContext): RaftState {
  return {
    self,
    role: { name: 'follower' },
    currentTerm: 0,
    votedFor: null,
    log: emptyLog({ voters, votersOld: [], learners: [] }),
    snapshot: null,
    incoming: null,
    commitIndex: 0,
    lastApplied: 0,
    leaderId: null,
    heardLeader: false,
    incarnation: 0,
    queries: new Map(),
    readIndicesAsked: 0,
  };
}

/** Who counts. The one place to ask: the log decides (R27). */
export function configurationOf({ log }: Readonly<RaftState>): Configuration {
  return latestConfiguration(log).configuration;
}

/** The voters besides this replica: whom a candidate asks. */
export function othersOf(state: Readonly<RaftState>): ReplicaId[] {
  return votersIn(configurationOf(state)).filter((id) => id !== state.self);
}

/** Whom a leader sends entries to. */
export function followersOf({ progress }: Leader, self: ReplicaId): ReplicaId[] {
  const followers: ReplicaId[] = [];
  for (const id of progress.keys()) if (id !== self) followers.push(id);
  return followers;
}
