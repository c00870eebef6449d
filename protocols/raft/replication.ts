/** What a leader sends its followers: entries, news of commits, heartbeats (§5.2, §5.3). */
import type { ReplicaId } from '../core/ids.ts';
import { entriesFrom, lastIndexOf, termAt, type LogEntry } from './log.ts';
import type { AppendEntries } from './messages.ts';
import { hasRoom, recordSent } from './progress.ts';
import { needSnapshot, sendPieces } from './send-snapshot.ts';
import { followersOf, type Leader, type Raft } from './state.ts';

/** To each of `targets` the entries it lacks, or the snapshot, as far as its window has room (R21). */
export function sendEntries(raft: Raft, leader: Leader, targets: readonly ReplicaId[]): void {
  const { state, rules } = raft;
  const lastIndex = lastIndexOf(state.log);
  const outbox: Outbox = [];
  for (const target of targets) {
    const progress = leader.progress.get(target);
    if (!progress) continue;
    if (rules.isCompacted(state.log, progress.nextIndex) && hasRoom(progress)) {
      needSnapshot(raft, target, progress);
      if (progress.transfer) sendPieces(raft, target, progress.transfer);
    }
    let { nextIndex } = progress;
    while (nextIndex <= lastIndex && hasRoom(progress)) {
      const message = post(raft, outbox, target, {
        nextIndex,
        entries: postedAt(outbox, nextIndex)?.message.entries ?? entriesFrom(state.log, nextIndex),
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
export function sendCommitNews(raft: Raft, leader: Leader): void {
  const { commitIndex, log } = raft.state;
  const nextIndex = lastIndexOf(log) + 1;
  const outbox: Outbox = [];
  for (const target of followersOf(leader, raft.state.self)) {
    if (!lacksNews(raft, leader, target)) continue;
    const progress = leader.progress.get(target);
    if (progress) progress.commitSent = commitIndex;
    post(raft, outbox, target, { nextIndex, entries: [], leaderCommit: commitIndex });
  }
}

/** R33: the last that `targets`, who are members no more, hear of their leader: that their removal is committed. */
export function sendFarewell(raft: Raft, leader: Leader, targets: readonly ReplicaId[]): void {
  const { commitIndex: leaderCommit, log } = raft.state;
  const outbox: Outbox = [];
  for (const target of targets) {
    const nextIndex = leader.progress.get(target)?.nextIndex ?? 0;
    if (nextIndex <= log.baseIndex) continue;
    post(raft, outbox, target, { nextIndex, entries: [], leaderCommit });
  }
}

/** Whether `target` was sent every entry, all are committed, and it has not been told so. */
export function lacksNews({ state }: Raft, { progress }: Leader, target: ReplicaId): boolean {
  const theirs = progress.get(target);
  const lastIndex = lastIndexOf(state.log);
  if (!theirs || state.commitIndex < lastIndex) return false;
  if (theirs.mode !== 'replicate' || theirs.nextIndex <= lastIndex) return false;
  return theirs.commitSent < state.commitIndex;
}

/** A follower that lacks what is gone is asked about the snapshot instead: only its answer starts the pieces. */
export function sendHeartbeats(raft: Raft, leader: Leader): void {
  const { state, rules } = raft;
  const outboxes = new Map<number, Outbox>();
  for (const target of followersOf(leader, state.self)) {
    const progress = leader.progress.get(target);
    if (!progress || !rules.isOwedHeartbeat(progress)) continue;
    if (progress.mode !== 'snapshot' && rules.isCompacted(state.log, progress.nextIndex)) {
      needSnapshot(raft, target, progress);
    }
    const { nextIndex, matchIndex } = progress;
    const leaderCommit = rules.commitIndexToTell(matchIndex, state.commitIndex);
    const outbox: Outbox = outboxes.get(leaderCommit) ?? [];
    outboxes.set(leaderCommit, outbox);
    post(raft, outbox, target, { nextIndex, entries: [], leaderCommit });
  }
}

/** Appends of one step: followers at the same place get one message, encoded once. */
type Outbox = {
  readonly nextIndex: number;
  readonly to: ReplicaId[];
  readonly message: AppendEntries;
}[];

function postedAt(outbox: Outbox, nextIndex: number): Outbox[number] | undefined {
  for (const posted of outbox) if (posted.nextIndex === nextIndex) return posted;
  return undefined;
}

function post(
  { state, effects }: Raft,
  outbox: Outbox,
  target: ReplicaId,
  append: { nextIndex: number; entries: readonly LogEntry[]; leaderCommit: number },
): AppendEntries {
  const { nextIndex, entries, leaderCommit } = append;
  const posted = postedAt(outbox, nextIndex);
  if (posted) {
    posted.to.push(target);
    return posted.message;
  }
  const prevLogIndex = nextIndex - 1;
  const leader = state.role.name === 'leader' ? state.role : null;
  const snapshot = leader?.progress.get(target)?.transfer?.snapshot;
  const prevLogTerm =
    snapshot?.lastIncludedIndex === prevLogIndex
      ? snapshot.lastIncludedTerm
      : termAt(state.log, prevLogIndex);
  if (prevLogTerm === undefined) throw new Error(`no entry ${prevLogIndex} in the leader's log`);
  const round = leader?.round ?? 0;
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
  outbox.push({ nextIndex, to, message });
  effects.push({ type: 'send', to, message });
  return message;
}
