/** The leader: appends, learns what its followers hold, commits, and tells (§5.3, §5.4.2). */
import type { ReplicaId } from '../core/ids.ts';
import { applyCommitted } from './apply.ts';
import { membersOf, placedAt } from './configuration.ts';
import { appendTo, lastIndexOf, type LogEntry } from './log.ts';
import type { AppendEntriesResponse, InstallSnapshotResponse } from './messages.ts';
import { armCheckQuorum, armCommitNews, armHeartbeat, disarm } from './pacemaker.ts';
import { initialProgress, recordMatch, startProbe, type Progress } from './progress.ts';
import { becomeFollower, followTerm } from './roles.ts';
import { lacksNews, sendCommitNews, sendEntries, sendHeartbeats } from './replication.ts';
import { onRefusalDuringTransfer, recordPiece } from './send-snapshot.ts';
import { configurationOf, followersOf, type Leader, type Raft } from './state.ts';

/** §5.2, §8: takes office and at once appends a no-op of its own term (R11). */
export function becomeLeader(raft: Raft, votes: readonly ReplicaId[]): void {
  const { state, rules, effects } = raft;
  const term = state.currentTerm;
  const lastIndex = lastIndexOf(state.log);
  const progress = new Map<ReplicaId, Progress>();
  const settledIndex = placedAt(state.log.configurations, state.commitIndex).index;
  // Whom a configuration removes may need its entry to know so (R33): all since the last one known to be committed.
  for (const { index, configuration } of state.log.configurations) {
    if (index < settledIndex) continue;
    for (const id of membersOf(configuration)) progress.set(id, initialProgress(lastIndex));
  }
  progress.set(state.self, initialProgress(lastIndex));
  const leader: Leader = {
    name: 'leader',
    progress,
    change: null,
    taken: [],
    settledIndex,
    round: 0,
    recentActive: new Set(),
    owed: [],
    readRound: 0,
    leaseRound: null,
    transfer: null,
    toldSuccessor: false,
  };
  state.role = leader;
  state.leaderId = state.self;
  effects.push({ type: 'note', note: { note: 'becameLeader', term, votes: [...votes] } });
  disarm(raft, 'election');
  armHeartbeat(raft);
  armCheckQuorum(raft);
  appendAsLeader(raft, leader, rules.firstEntries(term));
}

/**
 * §5.3: "the leader appends the command to its log as a new entry, then issues AppendEntries RPCs in parallel".
 * The appends leave while the leader's own disk still writes; its acknowledgement to itself waits for it (K4).
 */
export function appendAsLeader(raft: Raft, leader: Leader, entries: readonly LogEntry[]): void {
  const { state, rules, effects } = raft;
  const first = lastIndexOf(state.log) + 1;
  appendTo(state.log, entries);
  sendEntries(raft, leader, followersOf(leader, state.self));
  const writes = rules.entryWrites(first, entries);
  if (writes.length > 0) effects.push({ type: 'persist', writes });
  const message: AppendEntriesResponse = {
    type: 'AppendEntriesResponse',
    success: true,
    term: state.currentTerm,
    matchIndex: lastIndexOf(state.log),
    round: leader.round,
  };
  effects.push({ type: 'send', to: [state.self], message });
}

/** §5.2: heartbeats "to maintain authority". Each asks about the entry before `nextIndex`, and so finds what was lost. */
export function onHeartbeatTimeout(raft: Raft): void {
  const leader = raft.state.role;
  if (leader.name !== 'leader') return;
  beginRound(raft, leader);
  armHeartbeat(raft);
}

/** One message to every follower, whose answers prove that they still follow (R36). */
export function beginRound(raft: Raft, leader: Leader): void {
  leader.round++;
  sendHeartbeats(raft, leader);
}

/** R25: a leader that no majority hears could only keep others from leading, and its clients waiting. */
export function onCheckQuorumTimeout(raft: Raft): void {
  const { state, rules } = raft;
  const leader = state.role;
  if (leader.name !== 'leader') return;
  if (!rules.hearsQuorum(leader.recentActive.add(state.self), configurationOf(state))) {
    return becomeFollower(raft, state.currentTerm, 'quorum-lost');
  }
  leader.recentActive.clear();
  armCheckQuorum(raft);
}

/** §5.3: moves `matchIndex` and `nextIndex`, then commits what a majority holds (R17) and sends what is due. */
export function onAppendEntriesResponse(
  raft: Raft,
  from: ReplicaId,
  response: AppendEntriesResponse,
): void {
  followTerm(raft, response.term);
  const { state, rules, effects } = raft;
  const leader = state.role;
  if (leader.name !== 'leader') return;
  const progress = leader.progress.get(from);
  if (!progress) return;
  if (response.term === state.currentTerm) progress.heardRound = leader.round;
  if (!rules.mayCountAcknowledgement(response, state)) {
    if (response.term < state.currentTerm || !response.success) return;
    const { matchIndex } = response;
    effects.push({ type: 'note', note: { note: 'acknowledgementIgnored', from, matchIndex } });
    return;
  }
  leader.recentActive.add(from);
  progress.round = rules.roundAfter(progress.round, response, leader.round);
  const { transfer } = progress;
  if (!response.success) {
    if (transfer) return onRefusalDuringTransfer(raft, from, transfer, response);
    const nextIndex = rules.nextIndexAfterReject(state.log, progress, response);
    if (nextIndex === null) return;
    startProbe(progress, nextIndex);
    sendEntries(raft, leader, [from]);
    return;
  }
  const { matchIndex } = response;
  const isGone = rules.isCompacted(state.log, matchIndex + 1);
  if (transfer && (!isGone || matchIndex >= transfer.snapshot.lastIncludedIndex)) {
    startProbe(progress, rules.matchIndexAfter(progress.matchIndex, matchIndex) + 1);
  }
  recordMatch(
    progress,
    rules.matchIndexAfter(progress.matchIndex, matchIndex),
    rules.nextIndexAfter(progress.nextIndex, matchIndex),
  );
  const committed = advanceCommitIndex(raft, leader);
  const answered = from === state.self ? [] : [from];
  sendEntries(raft, leader, answered);
  if (state.commitIndex < lastIndexOf(state.log)) return;
  const told = committed ? followersOf(leader, state.self) : answered;
  if (told.some((id) => lacksNews(raft, leader, id))) armCommitNews(raft);
}

/** §7: what the follower holds of a snapshot, or all of it: then entries follow. */
export function onInstallSnapshotResponse(
  raft: Raft,
  from: ReplicaId,
  response: InstallSnapshotResponse,
): void {
  followTerm(raft, response.term);
  const { state, rules } = raft;
  const leader = state.role;
  const progress = leader.name === 'leader' ? leader.progress.get(from) : undefined;
  if (leader.name !== 'leader' || !progress || response.term !== state.currentTerm) return;
  const { installed, lastIncludedIndex } = response;
  if (lastIncludedIndex > lastIndexOf(state.log)) return;
  leader.recentActive.add(from);
  progress.heardRound = leader.round;
  if (installed) {
    progress.matchIndex = rules.matchIndexAfter(progress.matchIndex, lastIncludedIndex);
    progress.nextIndex = rules.nextIndexAfter(progress.nextIndex, lastIncludedIndex);
  }
  recordPiece(raft, from, progress, response);
  sendEntries(raft, leader, [from]);
}

/** R20: no append has come that the news could ride on, so it travels alone. */
export function onCommitNewsTimeout(raft: Raft): void {
  const leader = raft.state.role;
  if (leader.name === 'leader') sendCommitNews(raft, leader);
}

/** R17, R31, by the configuration in force. Returns whether anything was committed. */
function advanceCommitIndex(raft: Raft, leader: Leader): boolean {
  const { state, rules } = raft;
  const { progress } = leader;
  const index = rules.quorumReached(
    (id) => progress.get(id)?.matchIndex ?? 0,
    configurationOf(state),
  );
  if (!rules.mayCommit(index, state)) return false;
  state.commitIndex = index;
  applyCommitted(raft);
  return true;
}
