/** What each rule is good for: without it, the checkers find what it prevents. A checker that finds nothing is no checker. */
import { expect, test } from 'vitest';
import { majority } from '#protocols/core/quorum.ts';
import * as honest from '#protocols/raft/rules.ts';
import { storm, Violated } from '../harness/raft-world.ts';

type Rules = honest.Rules;
const seedsMax = 400;

test.each<[string, Partial<Rules>, string[]]>([
  ['[R3] the vote is given back within a term', { votedForAfter: () => null }, ['I12']],
  [
    '[R4] nobody compares logs',
    { mayGrantVote: (from, { term }, voter) => mayVoteBlindly(from, term, voter) },
    ['I4', 'I7'],
  ],
  ['[R5] votes are not written', { hardStateWrites: () => [] }, ['K2']],
  ['[R12] entries are not written', { entryWrites: () => [] }, ['K2', 'I9', 'I11']],
  [
    '[R8] one vote less wins',
    { hasWon: (votes, all) => votes.size >= majority(all.length) - 1 },
    ['I1'],
  ],
  [
    '[R12] prevLogTerm is not compared',
    { matches: (log, index) => index <= log.entries.length },
    ['I3', 'I7', 'I11'],
  ],
  [
    '[R13] every append truncates',
    { entriesHeld: () => 0, mayTruncate: () => true },
    ['I5', 'I11'],
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
    { majorityReached: (all) => [...all].sort((a, b) => b - a)[majority(all.length) - 2] ?? 0 },
    ['I6'],
  ],
])('%s', { timeout: 120_000 }, (_title, replaced, expected) => {
  const rules: Rules = { ...honest, ...replaced };
  for (let seed = 0; seed < seedsMax; seed++) {
    try {
      storm(seed, 0, rules);
    } catch (error) {
      if (!(error instanceof Violated)) throw error;
      expect(expected).toContain(error.violation.id);
      return;
    }
  }
  expect.fail(`not found in ${seedsMax} seeds`);
});

function mayVoteBlindly(
  ...[from, term, voter]: [string, number, Parameters<Rules['mayGrantVote']>[2]]
): boolean {
  const free = voter.votedFor === null || voter.votedFor === from;
  return term === voter.currentTerm && free && voter.leaderId === null;
}
