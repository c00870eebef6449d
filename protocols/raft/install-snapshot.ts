/** The follower's half of InstallSnapshot (§7, dissertation §5.1). */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { applyCommitted } from './apply.ts';
import { restore } from './compaction.ts';
import { snapshotWrites } from './durable.ts';
import { lastIndexOf, restartLog, termAt } from './log.ts';
import type { InstallSnapshot } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { follow, followTerm } from './roles.ts';
import type { Incoming, Snapshot } from './snapshot.ts';
import type { Raft } from './state.ts';

type Reason = Extract<RaftNote, { note: 'snapshotRefused' }>['reason'];

/**
 * Fig. 13, "InstallSnapshot RPC, Receiver implementation". Pieces are taken in order and a repeated one is answered
 * again; one snapshot is put together at a time, and only its text is kept, within a bound (K11).
 */
export function onInstallSnapshot(raft: Raft, from: ReplicaId, message: InstallSnapshot): void {
  const { state, rules } = raft;
  const { term, lastIncludedIndex, lastIncludedTerm } = message;
  if (!rules.isSnapshotPossible(message)) return refuse(raft, from, 'impossible');
  followTerm(raft, term);
  if (term < state.currentTerm) {
    refuse(raft, from, 'stale-term');
    // R2: the answer's term is what makes its sender step down.
    return respond(raft, from, message, { installed: false });
  }
  if (state.leaderId !== null && state.leaderId !== from)
    return refuse(raft, from, 'second-leader');
  follow(raft, from);

  // "If existing log entry has same index and term as snapshot's last included entry, retain log entries following it":
  // then the log holds all that the snapshot does, and it is known to be committed.
  if (
    !rules.coversSnapshot(state, lastIncludedIndex) &&
    termAt(state.log, lastIncludedIndex) === lastIncludedTerm
  ) {
    state.commitIndex = lastIncludedIndex;
    applyCommitted(raft);
  }
  if (rules.coversSnapshot(state, lastIncludedIndex)) {
    // Also an older one that comes late: what it holds is held.
    if ((state.incoming?.position.index ?? 0) <= state.commitIndex) state.incoming = null;
    return respond(raft, from, message, { installed: true });
  }
  const incoming = take(raft, from, message);
  if (!incoming || !message.done || incoming.length !== message.offset + message.data.length) {
    return respond(raft, from, message, { installed: false });
  }
  install(raft, from, message, incoming);
}

/** Adds the piece if it is the next one. Returns what is held of this snapshot, or `null` for another one or none. */
function take({ state }: Raft, from: ReplicaId, message: InstallSnapshot): Incoming | null {
  const { term, offset, data, configuration } = message;
  if (!isOf(state.incoming, from, message)) {
    if (offset !== 0) return null;
    const position = { index: message.lastIncludedIndex, term: message.lastIncludedTerm };
    // Of one leader the newer snapshot is the one to wait for; a newer leader's stands alone.
    const held = state.incoming;
    if (held?.term === term && held.position.index > position.index) return null;
    state.incoming = { from, term, position, configuration, pieces: [], length: 0 };
  }
  const { incoming } = state;
  if (!incoming) return null;
  const isNext = offset === incoming.length && data.length > 0;
  if (isNext && offset + data.length <= limits.snapshotCharactersMax) {
    incoming.pieces.push(data);
    incoming.length += data.length;
  }
  return incoming;
}

/** Whether `message` is of the snapshot held in part: what another leader sent is not counted on. */
function isOf(incoming: Incoming | null, from: ReplicaId, message: InstallSnapshot): boolean {
  return (
    incoming?.from === from &&
    incoming.term === message.term &&
    incoming.position.index === message.lastIncludedIndex &&
    incoming.position.term === message.lastIncludedTerm
  );
}

/**
 * "Discard the entire log; reset state machine using snapshot contents (and load snapshot's cluster configuration)".
 * The snapshot is durable, and its configuration counts (R35), before the answer leaves.
 */
function install(
  raft: Raft,
  from: ReplicaId,
  message: InstallSnapshot,
  { position, configuration, pieces }: Incoming,
): void {
  const { state, rules, effects } = raft;
  const data = pieces.join('');
  const snapshot: Snapshot = {
    lastIncludedIndex: position.index,
    lastIncludedTerm: position.term,
    configuration,
    data,
  };
  if (!restore(raft, snapshot)) {
    state.incoming = null;
    return refuse(raft, from, 'impossible');
  }
  state.currentTerm = rules.termAfterSnapshot(state.currentTerm, position.term);
  const { log } = state;
  const [first, last] = [log.baseIndex + 1, lastIndexOf(log)];
  restartLog(log, position, configuration);
  state.incoming = null;
  const writes = snapshotWrites(snapshot, { base: position, from: first, to: last });
  effects.push({ type: 'persist', writes });
  const note = { note: 'snapshotRestored', lastIncludedIndex: position.index, from } as const;
  effects.push({ type: 'note', note });
  respond(raft, from, message, { installed: true });
}

function respond(
  { state, effects }: Raft,
  from: ReplicaId,
  message: InstallSnapshot,
  { installed }: { readonly installed: boolean },
): void {
  const { currentTerm: term, incoming } = state;
  const response = {
    type: 'InstallSnapshotResponse',
    term,
    lastIncludedIndex: message.lastIncludedIndex,
    offset: isOf(incoming, from, message) ? (incoming?.length ?? 0) : 0,
    installed,
  } as const;
  effects.push({ type: 'send', to: [from], message: response });
}

function refuse({ state, effects }: Raft, from: ReplicaId, reason: Reason): void {
  const { currentTerm: term } = state;
  effects.push({ type: 'note', note: { note: 'snapshotRefused', from, term, reason } });
}
