/** A leader hands its office over (dissertation §3.10). */
import type { ReplicaId } from '../core/ids.ts';
import { isVoter } from './configuration.ts';
import { lastIndexOf } from './log.ts';
import type { OperationRefusal, TransferFailure } from './notes.ts';
import { armTransfer, disarm } from './pacemaker.ts';
import { endLease } from './reads.ts';
import { configurationOf, type Raft } from './state.ts';

/**
 * "The prior leader stops accepting new client requests" and "fully updates the target server's log", as replication
 * does anyway. Returns why it cannot, or `null`.
 */
export function startTransfer(raft: Raft, to: ReplicaId): OperationRefusal | null {
  const { state, effects } = raft;
  const leader = state.role;
  if (leader.name !== 'leader') return 'not-leader';
  if (to === state.self) return 'to-itself';
  if (!isVoter(to, configurationOf(state))) return 'not-a-voter';
  if (leader.transfer) return 'already-transferring';
  endLease(raft);
  leader.transfer = { to, told: false };
  armTransfer(raft);
  const { currentTerm: term } = state;
  effects.push({ type: 'note', note: { note: 'transferStarted', to, term } });
  return null;
}

/** After every step: once the target's log is level it is told to stand. Being voted for, it deposes this leader. */
export function settleTransfer(raft: Raft): void {
  const { state, effects } = raft;
  const leader = state.role;
  if (leader.name !== 'leader' || !leader.transfer) return;
  const { to, told } = leader.transfer;
  if (!isVoter(to, configurationOf(state))) return abortTransfer(raft, 'not-a-voter');
  if (told || leader.progress.get(to)?.matchIndex !== lastIndexOf(state.log)) return;
  leader.transfer.told = true;
  leader.toldSuccessor = true;
  effects.push({
    type: 'send',
    to: [to],
    message: { type: 'TimeoutNow', term: state.currentTerm },
  });
}

/** "If leadership transfer does not complete after about an election timeout, the prior leader aborts the transfer". */
export function abortTransfer(raft: Raft, reason: TransferFailure): void {
  const { state, effects } = raft;
  const leader = state.role;
  if (leader.name !== 'leader' || !leader.transfer) return;
  const { to } = leader.transfer;
  leader.transfer = null;
  disarm(raft, 'transfer');
  const { currentTerm: term } = state;
  effects.push({ type: 'note', note: { note: 'transferAborted', to, term, reason } });
}
