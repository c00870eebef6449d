/** B.4.1: two certificates that contradict each other, and who is proved to have lied. */
import { describe, expect, test } from 'vitest';
import { evidenceProblem, type Accountability, type Verdict } from '#protocols/core/evidence.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { phased, threeChain, twoChain } from '#protocols/hotstuff/decisions.ts';
import { accountabilityOf } from '#protocols/hotstuff/evidence.ts';
import type { HotStuffStatement, Vote } from '#protocols/hotstuff/messages.ts';
import { by, digest, jurisdictionOf } from '../pbft/testimony.ts';
import { phaseVote, timeout, timeouts, vote, votes } from './testimony.ts';

type Rules = Accountability<HotStuffStatement>;
type Statement = Signed<HotStuffStatement>;

const chained = accountabilityOf(threeChain);
const jolteon = accountabilityOf(twoChain);
const basic = accountabilityOf(phased);

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
    expect(threeChain.committedView(body)).toBeNull();
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

describe('with phases', () => {
  const committed = votes([0, 2, 3], phaseVote('commit', 5, 'a'));
  const prepared = votes([1, 2, 3], phaseVote('prepare', 8, 'x', 4));

  test('[BH13, B.4.1] of one view: who voted to prepare both blocks is named', () => {
    const certificates = [
      votes([0, 2, 3], phaseVote('prepare', 5, 'a')),
      votes([1, 2, 3], phaseVote('prepare', 5, 'b')),
    ] as const;
    expect(basic.conflictOf(...certificates)).toBe('view 5');
    expect(named(judge(basic, { certificates: [...certificates] }))).toEqual(['E2 2', 'E2 3']);
  });

  test('[E9, B.4.1] of two views: who voted to commit, and to prepare what does not stand on it, is named', () => {
    expect(basic.conflictOf(committed, prepared)).toBe('view 5');
    for (const certificates of [
      [committed, prepared],
      [prepared, committed],
    ] as const) {
      const verdict = judge(basic, { certificates });
      expect(verdict.verdict).toBe('liars');
      expect(named(verdict)).toEqual(['E9 2', 'E9 3']);
    }
  });

  test('[E9, B.4.1] of two decisions: what was prepared against the first is found among what is at hand', () => {
    const decided = votes([0, 1, 2], phaseVote('commit', 8, 'x', 4));
    expect(basic.conflictOf(committed, decided)).toBe('view 5');
    const atHand = [...prepared, by(1, phaseVote('prepare', 6, 'q'))];
    const verdict = judge(basic, { certificates: [committed, decided], atHand });
    expect(verdict.verdict).toBe('liars');
    expect(named(verdict)).toEqual(['E9 2', 'E9 3']);
    const without = judge(basic, { certificates: [committed, decided] });
    expect(without).toMatchObject({ verdict: 'cannot tell', evidence: [] });
  });

  test.each<[string, Signed<Vote>[], Signed<Vote>[]]>([
    [
      'upon the committed block itself',
      committed,
      votes([1, 2, 3], phaseVote('prepare', 8, 'x', 5)),
    ],
    [
      'what was prepared, and not committed',
      votes([0, 2, 3], phaseVote('prepare', 5, 'a')),
      prepared,
    ],
    [
      'what was locked, and not committed',
      votes([0, 2, 3], phaseVote('pre-commit', 5, 'a')),
      prepared,
    ],
  ])('[HI3] %s: nothing is departed from, and nobody accused', (_what, first, second) => {
    expect(basic.conflictOf(first, second)).toBeNull();
    expect(judge(basic, { certificates: [first, second] })).toMatchObject({ evidence: [] });
  });
});

describe('by what a replica holds a block to be decided', () => {
  const of = (rules: Rules, all: readonly Signed<Vote>[][], name: string) =>
    rules
      .decisionOf(all, { n: 1, digest: digest(name) })
      .map(([first]) => (first?.body as Vote | undefined)?.view);

  const chain = [
    vote(3, 'a', 2, 1),
    vote(5, 'b', 3, 2),
    vote(6, 'c', 5, 3),
    vote(7, 'd', 6, 5),
    vote(8, 'e', 7, 6),
  ].map((body) => votes([0, 1, 2], body));

  test('[C6] the certificates above it, up to the first that commits it or what stands on it', () => {
    expect(of(chained, chain, 'a')).toEqual([3, 5, 6, 7]);
    expect(of(chained, chain, 'b')).toEqual([5, 6, 7]);
    expect(of(chained, chain, 'c')).toEqual([6, 7, 8]);
    expect(of(jolteon, chain, 'a')).toEqual([3, 5, 6]);
    expect(of(jolteon, chain, 'd')).toEqual([7, 8]);
  });

  test('[C6] with phases its own, or those of what was decided upon it', () => {
    const own = (['prepare', 'commit'] as const).map((phase) =>
      votes([0, 1, 2], phaseVote(phase, 5, 'b', 3)),
    );
    const prepared = votes([0, 1, 2], phaseVote('prepare', 3, 'a'));
    expect(of(basic, [prepared, ...own], 'b')).toEqual([5, 5]);
    expect(of(basic, [prepared, ...own], 'a')).toEqual([3, 5, 5]);
  });

  test('of a block that nobody voted for, nothing; of false ones that stand on each other, each once', () => {
    expect(of(chained, chain, 'x')).toEqual([]);
    const circle = [vote(9, 'p', 10), vote(10, 'q', 9)].map((body) => votes([1, 2, 3], body));
    expect(of(chained, circle, 'p')).toEqual([9, 10]);
  });

  test('[B.4.1] of two ledgers that part at a height, one certificate contradicts one of the other', () => {
    const other = [vote(4, 'x', 2, 1), vote(8, 'y', 4, 2), vote(9, 'z', 8, 4), vote(10, 'w', 9, 8)];
    const ours = chained.decisionOf(chain, { n: 1, digest: digest('a') });
    const theirs = chained.decisionOf(
      other.map((body) => votes([1, 2, 3], body)),
      { n: 1, digest: digest('x') },
    );
    const pairs = ours.flatMap((first) =>
      theirs.flatMap((second) => chained.conflictOf(first, second) ?? []),
    );
    expect(pairs).toEqual(['view 5']);
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
