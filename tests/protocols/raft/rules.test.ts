/** What each rule is good for: without it, the checkers find what it prevents. A checker that finds nothing is no checker. */
import { expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { majority } from '#protocols/core/quorum.ts';
import type { Configuration } from '#protocols/raft/configuration.ts';
import { lastIndexOf } from '#protocols/raft/log.ts';
import * as honest from '#protocols/raft/rules.ts';
import { Violated } from '../fixtures/driving.ts';
import { storm } from '../fixtures/storm.ts';

type Rules = honest.Rules;
const seedsMax = 400;

test.each<[string, Partial<Rules>, string[]]>([
  ['[R3] the vote is given back within a term', { votedForAfter: () => null }, ['I12']],
  ['[R4] nobody compares logs', { mayGrantVote: mayVoteBlindly }, ['I4', 'I7']],
  ['[R5] votes are not written', { hardStateWrites: () => [] }, ['K2']],
  ['[R12] entries are not written', { entryWrites: () => [] }, ['K2', 'I9', 'I11']],
  [
    '[R8] one vote less wins',
    { hasWon: (votes, { voters }) => votes.size >= majority(voters.length) - 1 },
    ['I1'],
  ],
  [
    '[R12] prevLogTerm is not compared',
    { matches: (log, index) => index <= lastIndexOf(log) },
    ['I3', 'I7', 'I11', 'I14'],
  ],
  [
    '[R13] every append truncates',
    { entriesHeld: () => 0, mayTruncate: () => true },
    ['K2', 'I5', 'I11'],
  ],
  [
    '[R14] commitIndex follows the latest message',
    {
      commitIndexOfFollower: ({ leaderCommit, prevLogIndex, entries }) =>
        Math.min(leaderCommit, prevLogIndex + entries.length),
    },
    ['I10'],
  ],
  ['[R15] matchIndex follows the latest answer', { matchIndexAfter: (_, index) => index }, ['I10']],
  ['[R15] nextIndex stays behind', { nextIndexAfter: (nextIndex) => nextIndex }, ['I11']],
  [
    '[R17] one acknowledgement less commits',
    {
      quorumReached: (of, { voters }) =>
        voters.map(of).sort((a, b) => b - a)[majority(voters.length) - 2] ?? 0,
    },
    ['I6'],
  ],
  ['[R36] a fresh leader gives its index at once', { mayGiveReadIndex: () => true }, ['I16']],
  ['[R39] a lease outlasts a transfer', { mayTakeLease: () => true }, ['R39']],
  ['[R29] changes do not wait for each other', { isChangeUnderWay: () => false }, ['I15']],
  ['[R31] nothing goes through a joint configuration', { mustBeJoint: () => false }, ['I15']],
  [
    '[R31] the new half alone commits',
    { quorumReached: (of, { voters }) => honest.quorumReached(of, alone(voters)) },
    ['I6'],
  ],
  [
    '[§7] every snapshot is taken over, older ones too',
    { coversSnapshot: () => false },
    ['I6', 'I10', 'I11'],
  ],
])('%s', { timeout: 120_000 }, (_title, replaced, expected) => {
  const rules: Rules = { ...honest, ...replaced };
  for (let seed = 0; seed < seedsMax; seed++) {
    try {
      const problem = storm(seed, 0, rules).historyProblem();
      if (problem !== null) throw new Violated({ id: 'I16', text: problem });
    } catch (error) {
      if (!(error instanceof Violated)) throw error;
      expect(expected).toContain(error.violation.id);
      return;
    }
  }
  expect.fail(`not found in ${seedsMax} seeds`);
});

function alone(voters: readonly ReplicaId[]): Configuration {
  return { voters, votersOld: [], learners: [] };
}

function mayVoteBlindly(
  ...[from, { term, preVote }, voter]: Parameters<Rules['mayGrantVote']>
): boolean {
  if (preVote) return term >= voter.currentTerm;
  const free = voter.votedFor === null || voter.votedFor === from;
  return term === voter.currentTerm && free && voter.leaderId === null;
}
