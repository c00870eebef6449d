/** Leader election (§5.2, §5.4.1), with the question before it whether it can be won (dissertation §9.6). */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { isVoter } from './configuration.ts';
import { becomeLeader } from './leader.ts';
import { lastPositionOf } from './log.ts';
import type { RequestVote, RequestVoteResponse, TimeoutNow } from './messages.ts';
import type { VoteRefusal } from './notes.ts';
import { armElection } from './pacemaker.ts';
import { followTerm, persistHardState, stopVoting } from './roles.ts';
import { othersOf, type Candidate, type Raft } from './state.ts';

/** `preVote` only asks (R23); `transfer` stands for election because the leader said so. */
type Campaign = 'preVote' | 'vote' | 'transfer';

/** §5.2: "if a follower receives no communication over a period of time … it begins an election". */
export function onElectionTimeout(raft: Raft): void {
  const { state, rules } = raft;
  if (state.role.name === 'leader' || state.role.name === 'stopped') return;
  if (rules.mayStand(state)) return campaign(raft, 'preVote');
  // A learner, or one that was removed: it may be made a voter yet, and knows no leader meanwhile.
  state.leaderId = null;
  armElection(raft);
}

/** Dissertation §3.10: the leader of this term hands over to this replica, which need not ask whether it may. */
export function onTimeoutNow(raft: Raft, from: ReplicaId, { term }: TimeoutNow): void {
  followTerm(raft, term);
  const { state, rules, effects } = raft;
  if (term !== state.currentTerm || state.leaderId !== from || !rules.mayStand(state)) return;
  effects.push({ type: 'note', note: { note: 'toldToStand', from, term } });
  campaign(raft, 'transfer');
}

function campaign(raft: Raft, kind: Campaign): void {
  const { state, rules, effects } = raft;
  if (state.currentTerm >= limits.integerMax) {
    stopVoting(raft, 'the term is so high that only a liar can have counted to it');
    return;
  }
  const preVote = kind === 'preVote';
  const candidate: Candidate = {
    name: preVote ? 'preCandidate' : 'candidate',
    granted: new Set(isVoter(state.self, rules.electorateOf(state)) ? [state.self] : []),
    refused: new Set(),
  };
  const term = state.currentTerm + 1;
  state.role = candidate;
  state.leaderId = null;
  if (!preVote) {
    state.currentTerm = term;
    state.votedFor = state.self;
    persistHardState(raft);
  }
  const note = preVote ? 'preVoteStarted' : 'electionStarted';
  effects.push({ type: 'note', note: { note, term } });
  armElection(raft);

  const others = othersOf(state);
  if (others.length > 0) {
    const last = lastPositionOf(state.log);
    const message: RequestVote = {
      type: 'RequestVote',
      term,
      lastLogIndex: last.index,
      lastLogTerm: last.term,
      preVote,
      transfer: kind === 'transfer',
    };
    effects.push({ type: 'send', to: others, message });
  }
  settle(raft, candidate);
}

/** §5.2, §5.4.1: "each server will vote for at most one candidate in a given term, on a first-come-first-served basis". */
export function onRequestVote(raft: Raft, from: ReplicaId, request: RequestVote): void {
  const { state, rules, effects } = raft;
  const { preVote } = request;
  if (rules.mustKeepLeader(request, state)) {
    noteRefusal(raft, from, request, 'leader-heard');
    // R24: a candidate is not even heard, or its term would depose the leader all the same.
    if (preVote) answer(raft, from, request, 'refused');
    return;
  }
  // R1: who only asks does not change the term.
  if (!preVote) followTerm(raft, request.term);
  const isGranted = rules.mayGrantVote(from, request, state);
  if (isGranted && !preVote && state.votedFor !== from) {
    state.votedFor = from;
    persistHardState(raft);
  }
  if (rules.restartsElectionTimer(request, isGranted)) armElection(raft);
  if (!isGranted) {
    const reason = rules.reasonToRefuseVote(from, request, state) ?? 'log-behind';
    noteRefusal(raft, from, request, reason);
    // R2: a stale request is answered too, so that its sender learns the term.
    return answer(raft, from, request, 'refused');
  }
  const { term } = request;
  effects.push({ type: 'note', note: { note: 'voteGranted', to: from, term, preVote } });
  answer(raft, from, request, 'granted');
}

/** R1: a pre-vote granted speaks of the term asked for; every other answer of the voter's own. */
function answer(
  { state, effects }: Raft,
  to: ReplicaId,
  { term, preVote }: RequestVote,
  verdict: 'granted' | 'refused',
): void {
  const voteGranted = verdict === 'granted';
  const message: RequestVoteResponse = {
    type: 'RequestVoteResponse',
    term: preVote && voteGranted ? term : state.currentTerm,
    voteGranted,
    preVote,
  };
  effects.push({ type: 'send', to: [to], message });
}

function noteRefusal(
  { state, effects }: Raft,
  to: ReplicaId,
  { preVote }: RequestVote,
  reason: VoteRefusal,
): void {
  const { currentTerm: term, votedFor } = state;
  effects.push({
    type: 'note',
    note: { note: 'voteRefused', to, term, reason, votedFor, preVote },
  });
}

/** §5.2: counts identities, never messages (K10). */
export function onRequestVoteResponse(
  raft: Raft,
  from: ReplicaId,
  response: RequestVoteResponse,
): void {
  // R1: the term of a pre-vote granted is the one asked for, which nobody is in yet.
  if (!response.preVote || !response.voteGranted) followTerm(raft, response.term);
  const { state, rules, effects } = raft;
  if (!rules.mayCountVote(response, state)) return;
  if (!isVoter(from, rules.electorateOf(state))) {
    effects.push({ type: 'note', note: { note: 'strangerIgnored', from } });
    return;
  }
  const candidate = state.role;
  if (candidate.name !== 'candidate' && candidate.name !== 'preCandidate') return;
  rules.addVote(response.voteGranted ? candidate.granted : candidate.refused, from);
  settle(raft, candidate);
}

/** R8: won, lost, or still open. The timer of a lost election runs on (R6). */
function settle(raft: Raft, { name, granted, refused }: Candidate): void {
  const { state, rules, effects } = raft;
  const configuration = rules.electorateOf(state);
  if (rules.hasWon(granted, configuration)) {
    if (name === 'candidate') becomeLeader(raft, [...granted]);
    else campaign(raft, 'vote');
  } else if (rules.hasLost(refused, configuration)) {
    state.role = { name: 'follower' };
    const note = name === 'candidate' ? 'electionLost' : 'preVoteLost';
    const term = name === 'candidate' ? state.currentTerm : state.currentTerm + 1;
    effects.push({ type: 'note', note: { note, term, refusedBy: [...refused] } });
  }
}
