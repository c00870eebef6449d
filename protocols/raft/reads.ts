/**
 * The leader's part in reads without the log (dissertation §6.4): it gives a *read index*, from which on any replica's
 * state may be shown, once it is sure that nobody else led when it was asked. A round of heartbeats makes sure; many questions
 * share one, named by a number of the leader's own, never by what those who ask call it.
 */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { beginRound } from './leader.ts';
import type { ReadIndex, ReadIndexResponse } from './client-messages.ts';
import { armLease, disarm } from './pacemaker.ts';
import { configurationOf, type Leader, type OwedReadIndex, type Raft } from './state.ts';

/** R38: a follower has queries to answer. */
export function onReadIndex(raft: Raft, from: ReplicaId, { context, read }: ReadIndex): void {
  const { state, effects } = raft;
  const { role } = state;
  if (role.name === 'leader' && owe(role, { to: from, context, read })) return;
  const message = { type: 'ReadIndexResponse', success: false, context } as const;
  effects.push({ type: 'send', to: [from], message });
}

/** `false` if too many are owed already. */
export function owe(
  leader: Leader,
  asked: Pick<OwedReadIndex, 'to' | 'context' | 'read'>,
): boolean {
  if (leader.owed.length >= limits.readIndicesOwedMax) return false;
  leader.owed.push({ ...asked, index: null, after: leader.round });
  return true;
}

/** After every step: gives what it is sure of, and begins a round for the rest. Returns what it owed itself. */
export function settleReadIndices(raft: Raft): ReadIndexResponse[] {
  const { state, rules } = raft;
  const leader = state.role;
  if (leader.name !== 'leader' || leader.owed.length === 0) return [];
  const { commitIndex } = state;
  if (!rules.mayGiveReadIndex(state)) return [];
  for (const owed of leader.owed) {
    if (owed.index !== null) continue;
    owed.index = commitIndex;
    owed.after = leader.round;
  }
  const own = giveConfirmed(raft, leader);
  // While one round for reads is out, the next questions gather; a heartbeat meanwhile serves them too.
  const unserved = leader.owed.some(({ after }) => after >= leader.round);
  if (!unserved || leader.readRound > roundConfirmed(raft, leader)) return own;
  beginReadRound(raft, leader);
  // A single voter confirms its round itself, at once.
  return [...own, ...giveConfirmed(raft, leader)];
}

/** R39: the timer ran out, or the leader must not rely on it any more. */
export function endLease(raft: Raft): void {
  const leader = raft.state.role;
  if (leader.name !== 'leader' || leader.leaseRound === null) return;
  leader.leaseRound = null;
  disarm(raft, 'lease');
}

function roundConfirmed({ state, rules }: Raft, leader: Leader): number {
  return rules.roundConfirmed(leader, state.self, configurationOf(state));
}

/** R36 (2) and (3): the index was taken first, and the round confirmed began after. Or R39: a lease stands for a round. */
function giveConfirmed(raft: Raft, leader: Leader): ReadIndexResponse[] {
  const { state, rules, effects } = raft;
  const confirmed = roundConfirmed(raft, leader);
  const mayRelyOnLease = rules.holdsLease(leader, confirmed);
  const own: ReadIndexResponse[] = [];
  const left = leader.owed.filter(({ to, context, read, index, after }) => {
    const served = confirmed > after ? 'index' : 'lease';
    const isSure = served === 'index' || (read === 'lease' && mayRelyOnLease);
    if (index === null || !isSure) return true;
    const message = { type: 'ReadIndexResponse', success: true, context, served, index } as const;
    if (to === state.self) own.push(message);
    else effects.push({ type: 'send', to: [to], message });
    return false;
  });
  leader.owed.splice(0, Infinity, ...left);
  return own;
}

function beginReadRound(raft: Raft, leader: Leader): void {
  beginRound(raft, leader);
  leader.readRound = leader.round;
  const wanted = leader.owed.some(({ read }) => read === 'lease');
  if (!wanted || leader.leaseRound !== null || !raft.rules.mayTakeLease(leader)) return;
  leader.leaseRound = leader.round;
  armLease(raft);
}
