/** The rules of compaction (§7, dissertation chapter 5), reached through `Rules` like those of rules.ts. */
import { limits } from '../core/limits.ts';
import type { Log } from './log.ts';
import type { InstallSnapshot } from './messages.ts';
import type { RaftState } from './state.ts';

/** Dissertation §5.1.3: when it is worth writing one: what it saves grows with the entries it replaces. */
export function isSnapshotDue({ lastApplied, snapshot }: RaftState): boolean {
  return lastApplied - (snapshot?.lastIncludedIndex ?? 0) >= limits.entriesPerSnapshot;
}

/** Up to where the log may forget after a snapshot: a little less than all, for followers a little behind. */
export function baseAfterSnapshot(log: Log, lastIncludedIndex: number): number {
  return Math.max(log.baseIndex, lastIncludedIndex - limits.entriesBehindSnapshot);
}

/** Whether the entry is gone, so that a follower who needs it must be sent a snapshot. */
export function isCompacted(log: Log, index: number): boolean {
  return index <= log.baseIndex;
}

/**
 * Whether a leader can have sent this at all: what it applied is no younger than its term, and at an index that can
 * have been counted to.
 */
export function isSnapshotPossible(message: InstallSnapshot): boolean {
  const { term, lastIncludedIndex, lastIncludedTerm } = message;
  if (lastIncludedIndex === 0 || lastIncludedIndex > limits.integerMax / 2) return false;
  return lastIncludedTerm <= term;
}

/** Whether this replica knows all that the snapshot holds: taking it over would go back. */
export function coversSnapshot({ commitIndex }: RaftState, lastIncludedIndex: number): boolean {
  return commitIndex >= lastIncludedIndex;
}

/** R1: a term never goes down, and that of a snapshot is older than that of the leader who sends it. */
export function termAfterSnapshot(currentTerm: number, lastIncludedTerm: number): number {
  return Math.max(currentTerm, lastIncludedTerm);
}
