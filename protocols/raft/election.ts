/** Leader election (§5.2, §5.4.1). */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { becomeLeader } from './leader.ts';
import { lastPositionOf } from './log.ts';
import type { RequestVote, RequestVoteResponse } from './messages.ts';
import { armElection } from './pacemaker.ts';
import { followTerm, persistHardState, stopVoting } from './roles.ts';
import { othersOf, votersOf, type Candidate, type Raft } from './state.ts';

/** §5.2: "if a follower receives no communication over a period of time … it begins an election". */
export function onElectionTimeout(raft: Raft): void {
  const { state, effects } = raft;
  if (state.role.name !== 'follower' && state.role.name !== 'candidate') return;
  if (state.currentTerm >= limits.integerMax) {
    stopVoting(raft, 'the term is so high that only a liar can have counted to it');
    return;
  }
  const candidate: Candidate = {
    name: 'candidate',
    granted: new Set([state.self]),
    refused: new Set(),
  };
  state.role = candidate;
  state.currentTerm++;
  state.votedFor = state.self;
  state.leaderId = null;
  persistHardState(raft);
  effects.push({ type: 'note', note: { note: 'electionStarted', term: state.currentTerm } });
  armElection(raft);

  const others = othersOf(state);
  if (others.length > 0) {
    const { index, term } = lastPositionOf(state.log);
    const message: RequestVote = {
      type: 'RequestVote',
      term: state.currentTerm,
      lastLogIndex: index,
      lastLogTerm: term,
    };
    effects.push({ type: 'send', to: others, message });
  }
  settle(raft, candidate);
}

/** §5.2, §5.4.1: "each server will vote for at most one candidate in a given term, on a first-come-first-served basis". */
export function onRequestVote(raft: Raft, from: ReplicaId, request: RequestVote): void {
  const { state, rules, effects } = raft;
  followTerm(raft, request.term);
  const { currentTerm } = state;
  const voteGranted = rules.mayGrantVote(from, request, state);
  if (voteGranted) {
    if (state.votedFor !== from) {
      state.votedFor = from;
      persistHardState(raft);
    }
    armElection(raft);
    effects.push({ type: 'note', note: { note: 'voteGranted', to: from, term: currentTerm } });
  } else {
    const reason = rules.reasonToRefuseVote(from, request, state) ?? 'log-behind';
    const { votedFor } = state;
    effects.push({
      type: 'note',
      note: { note: 'voteRefused', to: from, term: currentTerm, reason, votedFor },
    });
  }
  // R2: a stale request is answered too, so that its sender learns the term.
  const message = { type: 'RequestVoteResponse', term: currentTerm, voteGranted } as const;
  effects.push({ type: 'send', to: [from], message });
}

/** §5.2: counts identities, never messages (K10). */
export function onRequestVoteResponse(
  raft: Raft,
  from: ReplicaId,
  response: RequestVoteResponse,
): void {
  followTerm(raft, response.term);
  const { state, rules } = raft;
  if (!rules.mayCountVote(response, state)) return;
  const candidate = state.role;
  if (candidate.name !== 'candidate') return;
  rules.addVote(response.voteGranted ? candidate.granted : candidate.refused, from);
  settle(raft, candidate);
}

/** R8: won, lost, or still open. The timer of a lost election runs on (R6). */
function settle(raft: Raft, candidate: Candidate): void {
  const { state, rules, effects } = raft;
  const voters = votersOf(state);
  if (rules.hasWon(candidate.granted, voters)) {
    becomeLeader(raft, [...candidate.granted]);
  } else if (rules.hasLost(candidate.refused, voters)) {
    state.role = { name: 'follower' };
    const refusedBy = [...candidate.refused];
    const note = { note: 'electionLost', term: state.currentTerm, refusedBy } as const;
    effects.push({ type: 'note', note });
  }
}
