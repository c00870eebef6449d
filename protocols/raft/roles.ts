/** Changes of role and term, other than winning an election. */
import type { ReplicaId } from '../core/ids.ts';
import { stoppedWrite } from './durable.ts';
import type { RaftNote } from './notes.ts';
import { armElection, armLeaderHeard, disarm } from './pacemaker.ts';
import type { Raft } from './state.ts';

type StepDownReason = Extract<RaftNote, { note: 'steppedDown' }>['reason'];

/** R5, K2: term and vote are durable before anything that shows them leaves. */
export function persistHardState({ state, rules, effects }: Raft): void {
  const writes = rules.hardStateWrites(state.currentTerm, state.votedFor);
  if (writes.length > 0) effects.push({ type: 'persist', writes });
}

/** R1: follows a newer term, whatever message brings it. */
export function followTerm(raft: Raft, term: number): void {
  if (raft.rules.mustAdoptTerm(term, raft.state.currentTerm)) {
    becomeFollower(raft, term, 'higher-term');
  }
}

/**
 * §5.1, §5.2: "if a candidate or leader discovers that its term is out of date, it immediately reverts to follower
 * state"; and a candidate does so when it hears the leader of its own term. Requests a leader took in stay without an
 * answer: they may yet be committed by another, so "failed" would be a lie.
 */
export function becomeFollower(raft: Raft, term: number, reason: StepDownReason): void {
  const { state, rules, effects } = raft;
  const from = state.role.name;
  const votedFor = rules.votedForAfter(state.votedFor, state.currentTerm, term);
  const mustPersist = term !== state.currentTerm || votedFor !== state.votedFor;
  state.role = { name: 'follower' };
  state.currentTerm = term;
  state.votedFor = votedFor;
  state.leaderId = null;
  if (mustPersist) persistHardState(raft);
  if (from === 'follower' || from === 'stopped') return;
  effects.push({ type: 'note', note: { note: 'steppedDown', from, term, reason } });
  if (from === 'leader') {
    leaveOffice(raft);
    armElection(raft);
  }
}

/** What was under way, reads and a transfer, is over with the office: the role held it. */
function leaveOffice(raft: Raft): void {
  for (const timer of ['heartbeat', 'checkQuorum', 'transfer', 'lease'] as const) {
    disarm(raft, timer);
  }
}

/** Hears the leader of its current term: R3 for a candidate, R6 and R24 for all. */
export function follow(raft: Raft, leader: ReplicaId): void {
  const { state, effects } = raft;
  if (state.role.name !== 'follower') becomeFollower(raft, state.currentTerm, 'leader-heard');
  if (state.leaderId !== leader) {
    state.leaderId = leader;
    const note = { note: 'leaderLearned', leader, term: state.currentTerm } as const;
    effects.push({ type: 'note', note });
  }
  state.heardLeader = true;
  armElection(raft);
  armLeaderHeard(raft);
}

/** Someone lies, or a disk does: go no further, say so, and remember it across restarts. */
export function stopVoting(raft: Raft, reason: string): void {
  const { state, effects } = raft;
  if (state.role.name === 'leader') leaveOffice(raft);
  disarm(raft, 'election');
  state.role = { name: 'stopped', reason };
  state.leaderId = null;
  effects.push({ type: 'persist', writes: [stoppedWrite(reason)] });
  effects.push({ type: 'note', note: { note: 'assumptionBroken', text: reason } });
}
