/** The rules of reads outside the log (dissertation §6.4), reached through `Rules` like those of rules.ts. */
import type { ReplicaId } from '../core/ids.ts';
import type { Configuration } from './configuration.ts';
import { termAt } from './log.ts';
import { quorumReached } from './membership-rules.ts';
import type { AppendEntriesResponse } from './messages.ts';
import type { Leader, RaftState } from './state.ts';

/** R36 (1): until an entry of its own term is committed, a leader does not know what is. */
export function mayGiveReadIndex({ log, currentTerm, commitIndex }: RaftState): boolean {
  return termAt(log, commitIndex) === currentTerm;
}

/** R36 (3), R37: of the rounds that each of the current voters has answered, the latest that a quorum has. */
export function roundConfirmed(
  { progress, round }: Leader,
  self: ReplicaId,
  configuration: Configuration,
): number {
  // The leader follows itself.
  const roundOf = (id: ReplicaId): number => (id === self ? round : (progress.get(id)?.round ?? 0));
  return quorumReached(roundOf, configuration);
}

/** R36: the latest round that a follower answered. A round that was not begun yet is a lie. */
export function roundAfter(
  answered: number,
  { round }: AppendEntriesResponse,
  begun: number,
): number {
  return round > begun ? answered : Math.max(answered, round);
}

/** R39: a lease runs from the sending of its round; the factor allows clocks to drift apart by a quarter. */
export function leaseTicks(electionTicksMin: number): number {
  return Math.floor((electionTicksMin * 4) / 5);
}

/** R39, dissertation §6.4.1: no lease once the leader itself has allowed somebody to depose it. */
export function mayTakeLease({ transfer, toldSuccessor }: Leader): boolean {
  return transfer === null && !toldSuccessor;
}

/** R39: its round is confirmed, and its timer still runs. */
export function holdsLease({ leaseRound }: Leader, confirmed: number): boolean {
  return leaseRound !== null && confirmed >= leaseRound;
}
