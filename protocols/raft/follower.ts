/** The follower's half of log replication (§5.3). */
import type { ReplicaId } from '../core/ids.ts';
import type { Write } from '../core/replica.ts';
import { applyCommitted } from './apply.ts';
import { truncationWrite } from './durable.ts';
import { appendTo, lastIndexOf, truncateFrom, type LogPosition } from './log.ts';
import type { AppendEntries, AppendEntriesResponse } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { follow, followTerm, stopVoting } from './roles.ts';
import type { Raft } from './state.ts';

type Reason = Extract<RaftNote, { note: 'appendRefused' }>['reason'];

/** Fig. 2, "AppendEntries RPC, Receiver implementation", in its order. */
export function onAppendEntries(raft: Raft, from: ReplicaId, append: AppendEntries): void {
  const { state, rules, effects } = raft;
  const { term, prevLogIndex, prevLogTerm, entries } = append;
  if (!rules.isPossible(append)) return noteRefusal(raft, from, 'impossible', null);
  followTerm(raft, term);
  if (rules.isStale(term, state.currentTerm)) {
    noteRefusal(raft, from, 'stale-term', null);
    // R2: the answer's term is what makes its sender step down.
    return refuse(raft, from, append, { index: 0, term: 0 });
  }
  // Election Safety (Fig. 3) rules this out; whoever sends it, its entries stay out of the log.
  if (state.leaderId !== null && state.leaderId !== from) {
    return noteRefusal(raft, from, 'second-leader', null);
  }
  follow(raft, from);

  if (!rules.matches(state.log, prevLogIndex, prevLogTerm)) {
    if (prevLogIndex <= state.commitIndex) {
      return stopVoting(raft, `the leader of term ${term} lacks a committed entry`);
    }
    const hint = rules.rejectHint(state.log, prevLogIndex, prevLogTerm);
    noteRefusal(raft, from, 'no-match', hint);
    return refuse(raft, from, append, hint);
  }
  const held = rules.entriesHeld(state.log, prevLogIndex, entries);
  const lacking = held === 0 ? entries : entries.slice(held);
  if (lacking.length > 0 && !store(raft, from, prevLogIndex + 1 + held, lacking)) return;
  const message: AppendEntriesResponse = {
    type: 'AppendEntriesResponse',
    success: true,
    term: state.currentTerm,
    matchIndex: rules.indexToAcknowledge(append, state.log),
    round: append.round,
  };
  effects.push({ type: 'send', to: [from], message });
  state.commitIndex = rules.commitIndexOfFollower(append, state);
  applyCommitted(raft);
}

/** R13: writes `entries` from index `first` on, over whatever stands there. `false` if that must not be. */
function store(
  raft: Raft,
  leader: ReplicaId,
  first: number,
  entries: AppendEntries['entries'],
): boolean {
  const { state, rules, effects } = raft;
  const lastIndex = lastIndexOf(state.log);
  let writes: readonly Write[] = rules.entryWrites(first, entries);
  if (first <= lastIndex) {
    if (!rules.mayTruncate(first, state.commitIndex)) {
      stopVoting(raft, `the leader of term ${state.currentTerm} contradicts a committed entry`);
      return false;
    }
    truncateFrom(state.log, first);
    writes = [truncationWrite(first, lastIndex), ...writes];
    effects.push({ type: 'note', note: { note: 'truncated', from: first, to: lastIndex, leader } });
  }
  appendTo(state.log, entries);
  effects.push({ type: 'persist', writes });
  return true;
}

function refuse(
  { state, effects }: Raft,
  from: ReplicaId,
  { prevLogIndex, round }: AppendEntries,
  hint: LogPosition,
): void {
  const message: AppendEntriesResponse = {
    type: 'AppendEntriesResponse',
    success: false,
    term: state.currentTerm,
    prevLogIndex,
    hint,
    round,
  };
  effects.push({ type: 'send', to: [from], message });
}

function noteRefusal(
  { state, effects }: Raft,
  from: ReplicaId,
  reason: Reason,
  hint: LogPosition | null,
): void {
  const { currentTerm: term } = state;
  effects.push({ type: 'note', note: { note: 'appendRefused', from, term, reason, hint } });
}
