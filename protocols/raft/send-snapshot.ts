/** The leader's half of InstallSnapshot: a bounded number of pieces on their way, sent again when nothing moves. */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { sliceOf } from '../core/slices.ts';
import type {
  AppendEntriesResponse,
  InstallSnapshot,
  InstallSnapshotResponse,
} from './messages.ts';
import { startProbe, startSnapshot, type Progress, type Transfer } from './progress.ts';
import type { Raft } from './state.ts';

/** Answers to heartbeats without progress after which pieces count as lost: one may have overtaken the last piece. */
const stalledMax = 2;

/** The entry at `nextIndex` is gone: from now on `progress` is about the leader's newest snapshot. */
export function needSnapshot({ state, effects }: Raft, to: ReplicaId, progress: Progress): void {
  const { snapshot } = state;
  if (!snapshot) throw new Error('a log that begins above 0 without a snapshot');
  startSnapshot(progress, snapshot);
  const { lastIncludedIndex } = snapshot;
  effects.push({ type: 'note', note: { note: 'snapshotNeeded', to, lastIncludedIndex } });
}

/** As many pieces as the window has room for (R21). */
export function sendPieces({ state, effects }: Raft, to: ReplicaId, transfer: Transfer): void {
  const { snapshot } = transfer;
  const { lastIncludedIndex, lastIncludedTerm, configuration, data } = snapshot;
  const windowEnd = transfer.held + limits.chunksInFlightMax * limits.chunkCharactersMax;
  while (transfer.sent < data.length && transfer.sent < windowEnd) {
    const offset = transfer.sent;
    const piece = sliceOf(data, offset, limits.chunkCharactersMax);
    transfer.sent += piece.length;
    const message: InstallSnapshot = {
      type: 'InstallSnapshot',
      term: state.currentTerm,
      lastIncludedIndex,
      lastIncludedTerm,
      configuration,
      offset,
      data: piece,
      done: transfer.sent === data.length,
    };
    effects.push({ type: 'send', to: [to], message });
  }
}

/**
 * A follower in the middle of a snapshot refused a heartbeat: it is alive, and has not all of it yet. If nothing moves,
 * what was on its way is lost, or the follower has restarted and forgotten: again from what it last said it holds.
 */
export function onRefusalDuringTransfer(
  raft: Raft,
  from: ReplicaId,
  transfer: Transfer,
  response: Extract<AppendEntriesResponse, { success: false }>,
): void {
  if (response.prevLogIndex !== transfer.snapshot.lastIncludedIndex) return;
  if (transfer.sent > 0 && ++transfer.stalled < stalledMax) return;
  transfer.stalled = 0;
  transfer.sent = transfer.held;
  sendPieces(raft, from, transfer);
}

/** The follower says what it holds. With all of it, it is probed behind the snapshot. */
export function recordPiece(
  raft: Raft,
  from: ReplicaId,
  progress: Progress,
  { installed, lastIncludedIndex, offset }: InstallSnapshotResponse,
): void {
  const { transfer } = progress;
  if (transfer?.snapshot.lastIncludedIndex !== lastIncludedIndex) return;
  if (installed) return startProbe(progress, progress.matchIndex + 1);
  if (offset > transfer.snapshot.data.length) return;
  if (offset > transfer.held) transfer.stalled = 0;
  transfer.held = offset;
  transfer.sent = Math.max(transfer.sent, offset);
  sendPieces(raft, from, transfer);
}
