/** [E16] What would convict a replica of Raft, were its messages signed. */
import { describe, expect, test } from 'vitest';
import { prove, type Jurisdiction } from '#protocols/core/evidence.ts';
import type { Signed } from '#protocols/core/signed.ts';
import {
  doubleVoteOrEntry,
  type RaftStatement,
  type SignedAppend,
  type SignedVote,
} from '#protocols/raft/evidence.ts';
import { r, roster } from '../fixtures/ids.ts';

const jurisdiction: Jurisdiction = {
  domain: { protocol: 'raft', version: 1, cluster: 'c1'.repeat(32), epoch: 1 },
  voters: roster(3),
  switches: [],
  isSigned: () => true,
};
const by = (i: number, body: RaftStatement): Signed<RaftStatement> => {
  return { body, signer: r(i), signature: 'ab'.repeat(64) };
};
const vote = (term: number, candidate: number): SignedVote => {
  return { kind: 'VOTE', term, candidate: r(candidate) };
};
const append = (term: number, index: number, digest: string): SignedAppend => {
  return { kind: 'APPEND', term, index, digest: digest.repeat(64) };
};
const claim = (...parts: Signed<RaftStatement>[]): string | null =>
  prove(doubleVoteOrEntry, parts, jurisdiction)?.claim ?? null;

test('[RB2] two votes in one term', () => {
  expect(claim(by(0, vote(3, 1)), by(0, vote(3, 2)))).toBe('voted for two candidates in term 3');
});

test('[RB5] two entries in one place', () => {
  const parts = [by(0, append(3, 7, 'a')), by(0, append(3, 7, 'b'))];
  expect(claim(...parts)).toBe('made two entries 7 as leader of term 3');
});

describe('no evidence', () => {
  test.each<[string, Signed<RaftStatement>[]]>([
    ['the same vote twice', [by(0, vote(3, 1)), by(0, vote(3, 1))]],
    ['votes of two terms', [by(0, vote(3, 1)), by(0, vote(4, 2))]],
    ['votes of two voters', [by(0, vote(3, 1)), by(1, vote(3, 2))]],
    ['an entry sent again', [by(0, append(3, 7, 'a')), by(0, append(3, 7, 'a'))]],
    ['two places', [by(0, append(3, 7, 'a')), by(0, append(3, 8, 'b'))]],
    [
      'entries of two terms: an earlier one was given up',
      [by(0, append(3, 7, 'a')), by(0, append(5, 7, 'b'))],
    ],
    ['a vote and an entry', [by(0, vote(3, 0)), by(0, append(3, 7, 'a'))]],
    ['one statement', [by(0, vote(3, 1))]],
  ])('%s', (_what, parts) => expect(claim(...parts)).toBeNull());
});
