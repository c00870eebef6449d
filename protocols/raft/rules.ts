/**
 * The safety rules of Raft as pure functions, to be read beside Figure 2 of Ongaro and Ousterhout, "In Search of an
 * Understandable Consensus Algorithm" (extended version, 2014). R numbers are those of this folder's README.
 *
 * A replica reaches them through an object of type {@link Rules}, so that a test can ask what a rule is good for.
 */
import type { ClientRequest } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Outcome, Service } from '../core/service.ts';
import { isQuorum, type Configuration } from './configuration.ts';
import {
  entryAt,
  lastIndexOf,
  lastPositionOf,
  lastPositionWithin,
  termAt,
  type Log,
  type LogEntry,
  type LogPosition,
} from './log.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  RequestVote,
  RequestVoteResponse,
} from './messages.ts';
import type { VoteRefusal } from './notes.ts';
import type { Progress } from './progress.ts';
import type { RaftState } from './state.ts';

// R5, R12: what must be on the disk before an answer leaves.
export { entryWrites, hardStateWrites } from './durable.ts';
// §7: when the log gives way to a snapshot, and which one a follower takes.
export * from './snapshot-rules.ts';
// R8, R17, R27 to R33: who counts, and how that changes.
export * from './membership-rules.ts';
// R36 to R39: reads outside the log.
export * from './read-rules.ts';

export type Rules = typeof import('./rules.ts');
type Refusal = Extract<AppendEntriesResponse, { success: false }>;

// ── Terms and votes (§5.1, §5.2, §5.4.1) ────────────────────────────────────────────────────────────────────────────

/** R1, Fig. 2 "Rules for Servers": "if RPC request or response contains term T > currentTerm: set currentTerm = T". */
export function mustAdoptTerm(term: number, currentTerm: number): boolean {
  return term > currentTerm;
}

/** R3: becoming a follower gives the vote back only when it brings a new term. One vote per term, whatever happens in it. */
export function votedForAfter(
  votedFor: ReplicaId | null,
  currentTerm: number,
  newTerm: number,
): ReplicaId | null {
  return newTerm > currentTerm ? null : votedFor;
}

/** §5.4.1: the log with the later last term is more up to date; with equal terms, the longer one. Equal logs will do. */
export function isUpToDate(candidate: LogPosition, mine: LogPosition): boolean {
  if (candidate.term !== mine.term) return candidate.term > mine.term;
  return candidate.index >= mine.index;
}

/**
 * R4, Fig. 2 "RequestVote RPC": grant if "votedFor is null or candidateId, and candidate's log is at least as
 * up-to-date as receiver's log". Once the term has a leader, a vote not yet given can only do harm.
 */
export function mayGrantVote(from: ReplicaId, request: RequestVote, voter: RaftState): boolean {
  return reasonToRefuseVote(from, request, voter) === null;
}

/** The first condition of R4 that does not hold, or `null`. */
export function reasonToRefuseVote(
  from: ReplicaId,
  { term, lastLogIndex, lastLogTerm }: RequestVote,
  voter: RaftState,
): VoteRefusal | null {
  if (term < voter.currentTerm) return 'stale-term';
  // A pre-vote may ask about a later term: that one's vote is free, and its leader unknown.
  if (term === voter.currentTerm) {
    if (voter.votedFor !== null && voter.votedFor !== from) return 'already-voted';
    if (voter.votedFor === null && voter.leaderId !== null) return 'leader-known';
  }
  const candidate = { index: lastLogIndex, term: lastLogTerm };
  if (!isUpToDate(candidate, lastPositionOf(voter.log))) return 'log-behind';
  return null;
}

/**
 * R23, R24, dissertation §4.2.3 and §9.6: "if a server receives a RequestVote request within the minimum election
 * timeout of hearing from a current leader, it does not update its term or grant its vote". A leader hears itself.
 * `transfer` is that leader's own permission.
 */
export function mustKeepLeader(
  { term, preVote, transfer }: RequestVote,
  { role, heardLeader, currentTerm }: RaftState,
): boolean {
  if (transfer || (!preVote && term <= currentTerm)) return false;
  return role.name === 'leader' || heardLeader;
}

/**
 * R6: of all answers to a candidate only a vote restarts the voter's own timer: a refusal or a pre-vote must not, or who
 * cannot win keeps others from standing.
 */
export function restartsElectionTimer({ preVote }: RequestVote, voteGranted: boolean): boolean {
  return voteGranted && !preVote;
}

/** R9: an answer of another term, or of the other kind, answers another question. A pre-vote was for the next term. */
export function mayCountVote(
  { term, voteGranted, preVote }: RequestVoteResponse,
  { role, currentTerm }: RaftState,
): boolean {
  if (role.name !== (preVote ? 'preCandidate' : 'candidate')) return false;
  return term === (preVote && voteGranted ? currentTerm + 1 : currentTerm);
}

/** R8, K10: identities are counted, so an answer that comes twice counts once. */
export function addVote(tally: Set<ReplicaId>, from: ReplicaId): void {
  tally.add(from);
}

// ── Log replication, follower (§5.3) ────────────────────────────────────────────────────────────────────────────────

/**
 * Whether a leader can have sent this at all: terms never decrease along a log, and none is above the term of the
 * message. What lies here would break the order that every other rule relies on.
 */
export function isPossible({ term, prevLogIndex, prevLogTerm, entries }: AppendEntries): boolean {
  if (prevLogIndex === 0 && prevLogTerm !== 0) return false;
  let last = prevLogTerm;
  for (const entry of entries) {
    if (entry.term < last) return false;
    last = entry.term;
  }
  return last <= term;
}

/** R2, Fig. 2 "AppendEntries RPC" 1: "reply false if term < currentTerm". */
export function isStale(term: number, currentTerm: number): boolean {
  return term < currentTerm;
}

/**
 * R12, Fig. 2 "AppendEntries RPC" 2: "reply false if log doesn't contain an entry at prevLogIndex whose term matches
 * prevLogTerm". Below the base everything is committed, and so the same everywhere.
 */
export function matches(log: Log, prevLogIndex: number, prevLogTerm: number): boolean {
  if (prevLogIndex < log.baseIndex) return true;
  return termAt(log, prevLogIndex) === prevLogTerm;
}

/**
 * R13, Fig. 2 "AppendEntries RPC" 3 and 4: how many of `entries` the log holds already. Only the rest is written; and
 * only if the first of the rest stands where another entry is does the log lose anything.
 */
export function entriesHeld(log: Log, prevLogIndex: number, entries: readonly LogEntry[]): number {
  let held = 0;
  for (const entry of entries) {
    const index = prevLogIndex + 1 + held;
    if (index > log.baseIndex && entryAt(log, index)?.term !== entry.term) break;
    held++;
  }
  return held;
}

/** R13: what is committed stays (§5.4). A leader that asks otherwise is no leader. */
export function mayTruncate(index: number, commitIndex: number): boolean {
  return index > commitIndex;
}

/**
 * R14, Fig. 2 "AppendEntries RPC" 5: "commitIndex = min(leaderCommit, index of last new entry)". The message vouches
 * for the log up to its own last entry and no further, however long the log is.
 */
export function commitIndexOfFollower(
  { leaderCommit, prevLogIndex, entries }: AppendEntries,
  { commitIndex }: RaftState,
): number {
  return Math.max(commitIndex, Math.min(leaderCommit, prevLogIndex + entries.length));
}

/** R14: the message proved the logs equal up to its own last entry; what the log holds beyond it may be another's. */
export function indexToAcknowledge({ prevLogIndex, entries }: AppendEntries, _log: Log): number {
  return prevLogIndex + entries.length;
}

/**
 * R16, §5.3, follower's side: the last position that may match. Entries with a term above `prevLogTerm` cannot be the
 * leader's: its log has none there.
 */
export function rejectHint(log: Log, prevLogIndex: number, prevLogTerm: number): LogPosition {
  return lastPositionWithin(log, prevLogIndex, prevLogTerm);
}

// ── Log replication, leader (§5.3, §5.4.2) ──────────────────────────────────────────────────────────────────────────

/** R11, §8: "each leader … commit a blank no-op entry into the log at the start of its term". */
export function firstEntries(term: number): readonly LogEntry[] {
  return [{ kind: 'noop', term }];
}

/** R9, K3: an acknowledgement counts for the term it was given in, and only for entries this leader has. */
export function mayCountAcknowledgement(
  response: AppendEntriesResponse,
  leader: RaftState,
): boolean {
  if (response.term !== leader.currentTerm) return false;
  return !response.success || response.matchIndex <= lastIndexOf(leader.log);
}

/** R15: answers may overtake each other; what was once acknowledged stays. */
export function matchIndexAfter(matchIndex: number, acknowledged: number): number {
  return Math.max(matchIndex, acknowledged);
}

/** R15: `nextIndex > matchIndex`. */
export function nextIndexAfter(nextIndex: number, acknowledged: number): number {
  return Math.max(nextIndex, acknowledged + 1);
}

/**
 * R16, §5.3, leader's side: where to probe next, or `null` if the refusal is of a message that no longer matters.
 * The leader skips in turn all of its own terms above the hint's. Never at or below what is known to match. What comes
 * out is at or below the base of the log if the place is no longer in it.
 */
export function nextIndexAfterReject(
  log: Log,
  { mode, matchIndex, nextIndex }: Progress,
  { prevLogIndex, hint }: Refusal,
): number | null {
  if (prevLogIndex <= matchIndex) return null;
  if (mode === 'replicate') return matchIndex + 1;
  if (prevLogIndex !== nextIndex - 1) return null;
  const isBelowBase = Math.min(hint.index, prevLogIndex - 1) < log.baseIndex;
  const { index } = lastPositionWithin(log, Math.min(hint.index, prevLogIndex - 1), hint.term);
  return Math.max(isBelowBase ? log.baseIndex - 1 : index, matchIndex) + 1;
}

/**
 * R17, Fig. 2 "Rules for Servers, Leaders" and §5.4.2 (Figure 8): of the N with "a majority of matchIndex[i] ≥ N",
 * which is `quorumReached`, one may be committed if also "log[N].term == currentTerm". An entry of an older
 * term may be on a majority and still be overwritten; it is committed with the first one of this term.
 */
export function mayCommit(index: number, { log, currentTerm, commitIndex }: RaftState): boolean {
  return index > commitIndex && termAt(log, index) === currentTerm;
}

/** R19: a heartbeat proves nothing about what the follower has not acknowledged. */
export function commitIndexToTell(matchIndex: number, commitIndex: number): number {
  return Math.min(matchIndex, commitIndex);
}

/** R21: every follower hears every heartbeat, whatever is on its way: what was lost is found by it and nothing else. */
export function isOwedHeartbeat(_progress: Progress): boolean {
  return true;
}

/** R22: a request that was executed is answered again, and not executed again. */
export function execute(service: Service, request: ClientRequest, index: number): Outcome {
  return service.execute(request, index);
}

/** R21: how many more requests a leader takes in while so many are not committed. */
export function roomForRequests({ log, commitIndex }: RaftState): number {
  return Math.max(0, limits.uncommittedEntriesMax - (lastIndexOf(log) - commitIndex));
}

/** R25, dissertation §6.2: a leader steps down once an election timeout has passed without a majority hearing it. */
export function hearsQuorum(active: ReadonlySet<ReplicaId>, configuration: Configuration): boolean {
  return isQuorum(active, configuration);
}

/** K13: a leader that slept as long as the shortest election timeout may have a successor. */
export function mayLeadOn(elapsedTicks: number, electionTicksMin: number): boolean {
  return elapsedTicks < electionTicksMin;
}
