/** B.4.1: two commit certificates that contradict each other, and who is proved to have lied. */
import { describe, expect, test } from 'vitest';
import { evidenceProblem, type Verdict } from '#protocols/core/evidence.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { pbftAccountability as pbft } from '#protocols/pbft/evidence.ts';
import type { Commit, PbftStatement } from '#protocols/pbft/messages.ts';
import {
  by,
  certificate,
  commit,
  jurisdictionOf,
  newView,
  prepare,
  prePrepare,
  stableAt,
  viewChange,
} from './testimony.ts';

type Statement = Signed<PbftStatement>;

const commits = (signers: readonly number[], body: Commit): Signed<Commit>[] =>
  signers.map((i) => by(i, body));

function judge(
  [first, second]: readonly [Signed<Commit>[], Signed<Commit>[]],
  atHand: readonly Statement[],
  n = 4,
): Verdict<PbftStatement> {
  const jurisdiction = jurisdictionOf(n);
  for (const votes of [first, second]) {
    expect(pbft.certificateProblem(votes, jurisdiction)).toBeNull();
  }
  const verdict = pbft.court([first, second], atHand, jurisdiction);
  for (const evidence of verdict.evidence) {
    expect(evidenceProblem(pbft, evidence, jurisdiction)).toBeNull();
  }
  return verdict;
}

const named = ({ evidence }: Verdict<PbftStatement>): string[] =>
  evidence.map(({ kind, accused }) => `${kind} ${Number(`0x${accused}`)}`).sort();

/** O gives what `V` shows for slot 1. */
const O = (view: number, name: string) => [by(view % 4, prePrepare(view, 1, name))];

describe('in one view', () => {
  test('[PS36, B.4.1] two of four sign both sides: both are named, the honest are not', () => {
    const verdict = judge(
      [commits([0, 2, 3], commit(0, 1, 'a')), commits([1, 2, 3], commit(0, 1, 'b'))],
      [],
    );
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(['E2 2', 'E2 3']);
  });

  test.each([
    [
      [0, 1, 4, 5, 6],
      [2, 3, 4, 5, 6],
      ['E2 4', 'E2 5', 'E2 6'],
    ],
    [
      [0, 3, 4, 5, 6],
      [1, 3, 4, 5, 6],
      ['E2 3', 'E2 4', 'E2 5', 'E2 6'],
    ],
  ])('[B.4.1] of seven, three or four', (first, second, expected) => {
    const verdict = judge(
      [commits(first, commit(0, 1, 'a')), commits(second, commit(0, 1, 'b'))],
      [],
      7,
    );
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(expected);
  });
});

describe('in two views', () => {
  const before = commits([0, 2, 3], commit(0, 1, 'a'));
  const honest = by(1, viewChange(1));
  const hiding = [by(2, viewChange(1)), by(3, viewChange(1))];
  const showing = viewChange(1, { prepared: [certificate(0, 1, 'a')] });
  const after = commits([1, 2, 3], commit(1, 1, 'b'));

  test('[E7, B.4.1] who hid it from the new primary is named', () => {
    const verdict = judge([before, after], [by(1, newView(1, [honest, ...hiding]))]);
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(['E7 2', 'E7 3']);
    expect(named(judge([after, before], [by(1, newView(1, [honest, ...hiding]))]))).toEqual([
      'E7 2',
      'E7 3',
    ]);
  });

  test('[E4, B.4.1] a new primary that did not keep to its view changes is named', () => {
    const V = [honest, by(2, showing), by(3, viewChange(1))];
    const verdict = judge([before, after], [by(1, newView(1, V))]);
    expect(named(verdict)).toEqual(['E4 1', 'E7 3']);
    expect(verdict.verdict).toBe('liars');
  });

  test('[B.4.1] the first new view that gives it up is the one that counts', () => {
    const later = commits([0, 2, 3], commit(2, 1, 'b'));
    const shown = viewChange(2, { prepared: [certificate(1, 1, 'b')] });
    const second = by(
      2,
      newView(
        2,
        [1, 2, 3].map((i) => by(i, shown)),
        O(2, 'b'),
      ),
    );
    const first = by(1, newView(1, [honest, ...hiding]));
    expect(named(judge([before, later], [second, first]))).toEqual(['E7 2', 'E7 3']);
  });

  test('[B.4.1] a new view that keeps it accuses nobody', () => {
    const kept = by(1, newView(1, [honest, by(2, showing), by(3, showing)], O(1, 'a')));
    const given = by(
      2,
      newView(
        2,
        [0, 2, 3].map((i) => by(i, viewChange(2))),
      ),
    );
    const later = commits([1, 2, 3], commit(2, 1, 'b'));
    // Only 0, who is made to hide it here, 2 and 3 signed the commit.
    expect(named(judge([before, later], [kept, given]))).toEqual(['E7 0', 'E7 2', 'E7 3']);
  });

  test('[E4, B.4.1] a new view that does not follow accuses its primary, and is not where the slot was given up', () => {
    const shows = [by(0, showing), by(2, showing), by(3, showing)];
    const refused = by(1, newView(1, shows));
    const V = [1, 2, 3].map((i) => by(i, viewChange(2)));
    const given = by(2, newView(2, V));
    const verdict = judge([before, commits([1, 2, 3], commit(2, 1, 'b'))], [refused, given]);
    expect(named(verdict)).toEqual(['E4 1', 'E7 2', 'E7 3']);
    expect(verdict.because).toContain('the NEW-VIEW of view 2 gives up slot 1');
  });

  test('[E2, B.4.1] who prepared the rival and committed is named by what the two certificates hold', () => {
    const rival = viewChange(1, { prepared: [certificate(0, 1, 'b')] });
    const V = [1, 2, 3].map((i) => by(i, rival));
    const verdict = judge([before, after], [by(1, newView(1, V, O(1, 'b')))]);
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(['E2 0', 'E2 2']);
  });

  test('[E2] a rival certificate of the same view is held against its signers', () => {
    const rival = viewChange(1, { prepared: [certificate(0, 1, 'b')] });
    const V = [by(1, rival), by(2, rival), by(3, rival)];
    const votes: Statement[] = [1, 2, 3].map((i) => by(i, prepare(0, 1, 'a')));
    const verdict = judge(
      [commits([0, 2, 3], commit(0, 1, 'a')), after],
      [by(1, newView(1, V, O(1, 'b'))), by(0, prePrepare(0, 1, 'a')), ...votes],
    );
    expect(named(verdict)).toEqual(['E2 0', 'E2 1', 'E2 2']);
  });
});

describe('cannot tell', () => {
  const before = commits([0, 2, 3], commit(0, 1, 'a'));

  test('[B.4.1] without the new view', () => {
    const verdict = judge([before, commits([1, 2, 3], commit(1, 1, 'b'))], []);
    expect(verdict).toMatchObject({ verdict: 'cannot tell', evidence: [] });
    expect(verdict.because).toContain('no NEW-VIEW after view 0');
  });

  test('[B.4.1] three of four lie: a quorum of liars can show a certificate of a view that never was', () => {
    const shown = viewChange(2, { prepared: [certificate(1, 1, 'b')] });
    const V = [1, 2, 3].map((i) => by(i, shown));
    const verdict = judge(
      [before, commits([1, 2, 3], commit(2, 1, 'b'))],
      [by(2, newView(2, V, O(2, 'b')))],
    );
    expect(verdict).toMatchObject({ verdict: 'cannot tell', evidence: [] });
  });

  test('certificates that agree', () => {
    const verdict = judge([before, commits([1, 2, 3], commit(1, 1, 'a'))], []);
    expect(verdict).toMatchObject({ verdict: 'cannot tell', evidence: [] });
    expect(verdict.because).toContain('do not contradict');
  });

  test('a new view whose checkpoint covers the slot accuses nobody', () => {
    const covered = viewChange(1, { stable: 8, checkpoints: stableAt(8) });
    const V = [1, 2, 3].map((i) => by(i, covered));
    const verdict = judge([before, commits([1, 2, 3], commit(1, 1, 'b'))], [by(1, newView(1, V))]);
    expect(verdict).toMatchObject({ verdict: 'cannot tell', evidence: [] });
  });
});

test.each([
  ['too few', commits([0, 1], commit(0, 1, 'a')), '2 signers'],
  ['one twice', commits([0, 1, 1], commit(0, 1, 'a')), '2 signers'],
  ['a stranger', commits([0, 1, 7], commit(0, 1, 'a')), 'roster'],
  ['nothing', [], 'no COMMIT'],
  ['two digests', [...commits([0, 1], commit(0, 1, 'a')), by(2, commit(0, 1, 'b'))], 'different'],
])('[P9] no certificate: %s', (_what, votes, reason) => {
  expect(pbft.certificateProblem(votes, jurisdictionOf(4))).toContain(reason);
});
