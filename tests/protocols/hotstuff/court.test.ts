/** B.4.1: two certificates that contradict each other, and who is proved to have lied. */
import { describe, expect, test } from 'vitest';
import { evidenceProblem, type Accountability, type Verdict } from '#protocols/core/evidence.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { threeChain, twoChain } from '#protocols/hotstuff/court.ts';
import { accountabilityOf } from '#protocols/hotstuff/evidence.ts';
import type { HotStuffStatement, Vote } from '#protocols/hotstuff/messages.ts';
import { by, jurisdictionOf } from '../pbft/testimony.ts';
import { timeout, timeouts, vote, votes } from './testimony.ts';

type Rules = Accountability<HotStuffStatement>;
type Statement = Signed<HotStuffStatement>;

const everyView = { type: 'round-robin', views: 1 } as const;
const chained = accountabilityOf(threeChain, everyView);
const jolteon = accountabilityOf(twoChain, everyView);

interface Case {
  readonly certificates: readonly [Signed<Vote>[], Signed<Vote>[]];
  readonly atHand?: readonly Statement[];
  readonly n?: number;
}

function judge(rules: Rules, { certificates, atHand = [], n = 4 }: Case) {
  const jurisdiction = jurisdictionOf(n);
  for (const certificate of certificates) {
    expect(rules.certificateProblem(certificate, jurisdiction)).toBeNull();
  }
  const verdict = rules.court(certificates, atHand, jurisdiction);
  for (const evidence of verdict.evidence) {
    expect(evidenceProblem(rules, evidence, jurisdiction)).toBeNull();
  }
  return verdict;
}

const named = ({ evidence }: Verdict<HotStuffStatement>): string[] =>
  evidence.map(({ kind, accused }) => `${kind} ${Number(`0x${accused}`)}`).sort();

describe('in one view', () => {
  test('[BH13, B.4.1] two of four vote for both blocks: both are named, the honest are not', () => {
    const certificates = [votes([0, 2, 3], vote(7, 'a')), votes([1, 2, 3], vote(7, 'b'))] as const;
    for (const rules of [chained, jolteon]) {
      expect(rules.conflictOf(...certificates)).toBe('view 7');
      const verdict = judge(rules, { certificates: [...certificates] });
      expect(verdict.verdict).toBe('liars');
      expect(named(verdict)).toEqual(['E2 2', 'E2 3']);
    }
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
    const verdict = judge(chained, {
      certificates: [votes(first, vote(7, 'a')), votes(second, vote(7, 'b'))],
      n: 7,
    });
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(expected);
  });
});

describe('in two views, three chains', () => {
  /** Commits the block of view 5. */
  const before = votes([0, 2, 3], vote(7, 'c', 6, 5));
  const after = votes([1, 2, 3], vote(9, 'x', 4, 3));

  test('[E10, B.4.1] who voted against its lock is named', () => {
    expect(chained.conflictOf(before, after)).toBe('view 5');
    for (const certificates of [
      [before, after],
      [after, before],
    ] as const) {
      const verdict = judge(chained, { certificates });
      expect(verdict.verdict).toBe('liars');
      expect(named(verdict)).toEqual(['E10 2', 'E10 3']);
    }
  });

  test('[B.4.1] commits far apart: the first certificate that departs is found among what is at hand', () => {
    const much = votes([0, 1, 2], vote(13, 'z', 12, 11));
    expect(chained.conflictOf(before, much)).toBeNull();
    const atHand = [...votes([0, 1, 2], vote(12, 'y', 11, 9)), ...after, by(1, vote(7, 'q', 6, 5))];
    const verdict = judge(chained, { certificates: [before, much], atHand });
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(['E10 2', 'E10 3']);
  });

  test.each<[string, Vote]>([
    ['upon the committed block itself', vote(9, 'x', 5, 4)],
    ['upon a later one', vote(9, 'x', 6, 5)],
  ])('[E10] a certificate %s accuses nobody', (_what, body) => {
    const later = votes([1, 2, 3], body);
    expect(chained.conflictOf(before, later)).toBeNull();
    expect(judge(chained, { certificates: [before, later] })).toMatchObject({
      verdict: 'cannot tell',
      evidence: [],
    });
  });

  test.each<[string, Vote]>([
    ['a gap before the last', vote(8, 'c', 6, 5)],
    ['a gap before the middle', vote(7, 'c', 6, 4)],
    ['genesis', vote(2, 'c', 1, 0)],
  ])('[C6] with %s nothing is committed, and nothing is departed from', (_what, body) => {
    const uncommitted = votes([0, 2, 3], body);
    expect(chained.slotOf(body)).toBeNull();
    expect(chained.conflictOf(uncommitted, votes([1, 2, 3], vote(11, 'x', 0, 0)))).toBeNull();
  });
});

describe('in two views, two chains', () => {
  /** Commits the block of view 6. */
  const before = votes([0, 2, 3], vote(7, 'c', 6));
  const after = votes([1, 2, 3], vote(9, 'x', 4));

  test('[E11, B.4.1] who hid the certificate when it gave up the view is named', () => {
    expect(jolteon.conflictOf(before, after)).toBe('view 6');
    const atHand = timeouts([1, 2, 3], timeout(8, 4));
    const verdict = judge(jolteon, { certificates: [before, after], atHand });
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(['E11 2', 'E11 3']);
  });

  test('[B.4.1] without the timeouts it cannot tell, and names nobody', () => {
    const verdict = judge(jolteon, { certificates: [before, after] });
    expect(verdict).toMatchObject({ verdict: 'cannot tell', evidence: [] });
  });
});

describe('cannot tell', () => {
  test('[B.4.1] three of four lie: their certificate claims to stand on a view that never was', () => {
    const before = votes([0, 2, 3], vote(7, 'c', 6, 5));
    const after = votes([1, 2, 3], vote(11, 'x', 10, 9));
    const verdict = judge(chained, { certificates: [before, after] });
    expect(verdict).toMatchObject({ verdict: 'cannot tell', evidence: [] });
  });

  test('certificates that agree', () => {
    const same = votes([0, 1, 2], vote(7, 'a'));
    const verdict = judge(chained, { certificates: [same, votes([1, 2, 3], vote(7, 'a'))] });
    expect(verdict).toMatchObject({ verdict: 'cannot tell', evidence: [] });
  });
});

test.each<[string, Statement[], string]>([
  ['too few', votes([0, 1], vote(7, 'a')), '2 signers'],
  ['one twice', votes([0, 1, 1], vote(7, 'a')), '2 signers'],
  ['two blocks', [...votes([0, 1], vote(7, 'a')), by(2, vote(7, 'b'))], 'not equal'],
  ['two stories', [...votes([0, 1], vote(7, 'a', 6)), by(2, vote(7, 'a', 5))], 'not equal'],
  ['a timeout', [...votes([0, 1], vote(7, 'a')), by(2, timeout(7))], 'other than VOTEs'],
  ['nothing', [], 'no VOTE'],
  ['a stranger', votes([0, 1, 4], vote(7, 'a')), 'roster'],
])('[CI6] %s is no certificate', (_what, certificate, reason) => {
  expect(chained.certificateProblem(certificate, jurisdictionOf(4))).toContain(reason);
});
