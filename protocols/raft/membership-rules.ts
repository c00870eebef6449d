/** The safety rules of membership changes (dissertation, chapter 4), reached through `Rules` like those of rules.ts. */
import type { ReplicaId } from '../core/ids.ts';
import { majority, majorityReached } from '../core/quorum.ts';
import {
  halvesOf,
  isJoint,
  isQuorum,
  isVoter,
  placedAt,
  type Configuration,
} from './configuration.ts';
import { latestConfiguration, termAt } from './log.ts';
import type { RaftState } from './state.ts';

/**
 * R8, R31, §5.2: "a candidate wins an election if it receives votes from a majority of the servers in the full
 * cluster"; of each half of a joint configuration (§4.3).
 */
export function hasWon(granted: ReadonlySet<ReplicaId>, configuration: Configuration): boolean {
  return isQuorum(granted, configuration);
}

/** R8: so many refused that in one half no majority is left to win. */
export function hasLost(refused: ReadonlySet<ReplicaId>, configuration: Configuration): boolean {
  return halvesOf(configuration).some((half) => {
    const left = half.filter((voter) => !refused.has(voter)).length;
    return left < majority(half.length);
  });
}

/**
 * R17, R31: the highest index that a majority holds; in a joint configuration, a majority of each half. A leader that
 * is no voter is in neither, and so does not count itself (R33).
 */
export function quorumReached(
  matchIndexOf: (id: ReplicaId) => number,
  configuration: Configuration,
): number {
  const { voters, votersOld } = configuration;
  const reached = majorityReached(voters.map(matchIndexOf));
  if (!isJoint(configuration)) return reached;
  return Math.min(reached, majorityReached(votersOld.map(matchIndexOf)));
}

/**
 * R33, §4.2.2: who is in no configuration that may be in force does not stand for election. One that its log removes,
 * in an entry not known to be committed, may have to: it can be the only one with that entry.
 */
export function mayStand({ self, log, commitIndex }: RaftState): boolean {
  const committed = placedAt(log.configurations, commitIndex);
  return log.configurations.some(
    ({ index, configuration }) => index >= committed.index && isVoter(self, configuration),
  );
}

/** R8, R27: whose votes a candidate counts: those of the latest configuration in its log, committed or not. */
export function electorateOf({ log }: RaftState): Configuration {
  return latestConfiguration(log).configuration;
}

/** R29: one change at a time, a joint one to its end. */
export function isChangeUnderWay({ log, commitIndex }: RaftState): boolean {
  const { index, configuration } = latestConfiguration(log);
  return index > commitIndex || isJoint(configuration);
}

/**
 * R30: a leader changes the configuration only after it has committed an entry of its own term. Otherwise two leaders may
 * each change the same configuration, and quorums of their two results need not meet (Ongaro, raft-dev, 2015).
 */
export function hasCommittedInTerm({ log, commitIndex, currentTerm }: RaftState): boolean {
  return termAt(log, commitIndex) === currentTerm;
}

/**
 * R31: a change of one voter at most keeps any majority of the old voters and any of the new in touch (§4.1); every
 * other goes through the joint configuration (§4.3).
 */
export function mustBeJoint(before: readonly ReplicaId[], after: readonly ReplicaId[]): boolean {
  const added = after.filter((id) => !before.includes(id)).length;
  const removed = before.filter((id) => !after.includes(id)).length;
  return added + removed > 1;
}

/** R32, §4.2.1: a round that takes less than an election timeout leaves so little that the newcomer may vote. */
export function isCaughtUp(roundTicks: number, electionTicksMin: number): boolean {
  return roundTicks < electionTicksMin;
}
