/** The leader: appends, learns what its followers hold, commits, and tells (§5.3, §5.4.2). */
import type { ReplicaId } from '../core/ids.ts';
import { applyCommitted } from './apply.ts';
import { entriesFrom, lastIndexOf, termAt, type LogEntry } from './log.ts';
import type { AppendEntries, AppendEntriesResponse } from './messages.ts';
import { armCommitNews, armHeartbeat, disarm } from './pacemaker.ts';
import {
  hasRoom,
  initialProgress,
  recordMatch,
  recordSent,
  startProbe,
  type Progress,
} from './progress.ts';
import { followTerm } from './roles.ts';
import { othersOf, votersOf, type Leader, type Raft } from './state.ts';

/** §5.2, §8: takes office and at once appends a no-op of its own term (R11). */
export function becomeLeader(raft: Raft, votes: readonly ReplicaId[]): void {
  const { state, rules, effects } = raft;
  const term = state.currentTerm;
  const lastIndex = lastIndexOf(state.log);
  const progress = new Map<ReplicaId, Progress>();
  for (const voter of votersOf(state)) progress.set(voter, initialProgress(lastIndex));
  const leader: Leader = { name: 'leader', progress, taken: [], round: 0 };
  state.role = leader;
  state.leaderId = state.self;
  effects.push({ type: 'note', note: { note: 'becameLeader', term, votes: [...votes] } });
  disarm(raft, 'election');
  armHeartbeat(raft);
  appendAsLeader(raft, leader, rules.firstEntries(term));
}

/**
 * §5.3: "the leader appends the command to its log as a new entry, then issues AppendEntries RPCs in parallel".
 * The appends leave while the leader's own disk still writes; its acknowledgement to itself waits for it (K4).
 */
export function appendAsLeader(raft: Raft, leader: Leader, entries: readonly LogEntry[]): void {
  const { state, rules, effects } = raft;
  const first = lastIndexOf(state.log) + 1;
  for (const entry of entries) state.log.entries.push(entry);
  sendEntries(raft, leader, othersOf(state));
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
  leader.round++;
  sendHeartbeats(raft, leader);
  armHeartbeat(raft);
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
  if (!rules.mayCountAcknowledgement(response, state)) {
    if (response.term < state.currentTerm || !response.success) return;
    const { matchIndex } = response;
    effects.push({ type: 'note', note: { note: 'acknowledgementIgnored', from, matchIndex } });
    return;
  }
  if (!response.success) {
    const nextIndex = rules.nextIndexAfterReject(state.log, progress, response);
    if (nextIndex === null) return;
    startProbe(progress, nextIndex);
    sendEntries(raft, leader, [from]);
    return;
  }
  const { matchIndex } = response;
  recordMatch(
    progress,
    rules.matchIndexAfter(progress.matchIndex, matchIndex),
    rules.nextIndexAfter(progress.nextIndex, matchIndex),
  );
  const committed = advanceCommitIndex(raft, leader);
  const answered = from === state.self ? [] : [from];
  sendEntries(raft, leader, answered);
  const behind = (committed ? othersOf(state) : answered).some((id) => lacksNews(raft, leader, id));
  if (behind) armCommitNews(raft);
}

/** R20: no append has come that the news could ride on, so it travels alone. */
export function onCommitNewsTimeout(raft: Raft): void {
  const leader = raft.state.role;
  if (leader.name === 'leader') sendCommitNews(raft, leader);
}

/** R17. Returns whether anything was committed. */
function advanceCommitIndex(raft: Raft, leader: Leader): boolean {
  const { state, rules } = raft;
  const matchIndexes = votersOf(state).map((id) => leader.progress.get(id)?.matchIndex ?? 0);
  const index = rules.majorityReached(matchIndexes);
  if (!rules.mayCommit(index, state)) return false;
  state.commitIndex = index;
  applyCommitted(raft);
  return true;
}

/** To each of `targets` the entries it lacks, as far as its window has room (R21). */
function sendEntries(raft: Raft, leader: Leader, targets: readonly ReplicaId[]): void {
  const { state } = raft;
  const lastIndex = lastIndexOf(state.log);
  const outbox: Outbox = new Map();
  for (const target of targets) {
    const progress = leader.progress.get(target);
    if (!progress) continue;
    let { nextIndex } = progress;
    while (nextIndex <= lastIndex && hasRoom(progress)) {
      const message = post(raft, outbox, target, {
        nextIndex,
        entries: outbox.get(nextIndex)?.message.entries ?? entriesFrom(state.log, nextIndex),
        leaderCommit: state.commitIndex,
      });
      nextIndex += message.entries.length;
      recordSent(progress, nextIndex - 1);
      progress.commitSent = state.commitIndex;
    }
  }
}

/**
 * R20: with nothing uncommitted there is no next append for the news to ride on, so it travels alone. While more is
 * on its way it waits: that makes 4(n-1) messages for a command by itself and 2(n-1) for one of a stream.
 */
function sendCommitNews(raft: Raft, leader: Leader): void {
  const { commitIndex, log } = raft.state;
  const nextIndex = lastIndexOf(log) + 1;
  const outbox: Outbox = new Map();
  for (const target of othersOf(raft.state)) {
    if (!lacksNews(raft, leader, target)) continue;
    const progress = leader.progress.get(target);
    if (progress) progress.commitSent = commitIndex;
    post(raft, outbox, target, { nextIndex, entries: [], leaderCommit: commitIndex });
  }
}

/** Whether `target` was sent every entry, all are committed, and it has not been told so. */
function lacksNews({ state }: Raft, { progress }: Leader, target: ReplicaId): boolean {
  const theirs = progress.get(target);
  const lastIndex = lastIndexOf(state.log);
  if (!theirs || state.commitIndex < lastIndex) return false;
  if (theirs.mode === 'probe' || theirs.nextIndex <= lastIndex) return false;
  return theirs.commitSent < state.commitIndex;
}

function sendHeartbeats(raft: Raft, leader: Leader): void {
  const { state, rules } = raft;
  const outboxes = new Map<number, Outbox>();
  for (const target of othersOf(state)) {
    const progress = leader.progress.get(target);
    if (!progress || !rules.isOwedHeartbeat(progress)) continue;
    const { nextIndex, matchIndex } = progress;
    const leaderCommit = rules.commitIndexToTell(matchIndex, state.commitIndex);
    const outbox: Outbox = outboxes.get(leaderCommit) ?? new Map();
    outboxes.set(leaderCommit, outbox);
    post(raft, outbox, target, { nextIndex, entries: [], leaderCommit });
  }
}

/** Appends of one step by `nextIndex`: followers at the same place get one message, encoded once. */
type Outbox = Map<number, { readonly to: ReplicaId[]; readonly message: AppendEntries }>;

function post(
  { state, effects }: Raft,
  outbox: Outbox,
  target: ReplicaId,
  append: { nextIndex: number; entries: readonly LogEntry[]; leaderCommit: number },
): AppendEntries {
  const { nextIndex, entries, leaderCommit } = append;
  const posted = outbox.get(nextIndex);
  if (posted) {
    posted.to.push(target);
    return posted.message;
  }
  const prevLogIndex = nextIndex - 1;
  const prevLogTerm = termAt(state.log, prevLogIndex);
  if (prevLogTerm === undefined) throw new Error(`no entry ${prevLogIndex} in the leader's log`);
  const round = state.role.name === 'leader' ? state.role.round : 0;
  const message: AppendEntries = {
    type: 'AppendEntries',
    term: state.currentTerm,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit,
    round,
  };
  const to = [target];
  outbox.set(nextIndex, { to, message });
  effects.push({ type: 'send', to, message });
  return message;
}
