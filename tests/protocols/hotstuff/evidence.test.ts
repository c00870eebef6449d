/** The catalogue for HotStuff (B.4): what convicts, and what looks like it and does not. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  evidenceProblem,
  evidenceSchema,
  type Accountability,
  type Evidence,
} from '#protocols/core/evidence.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { phased, threeChain, twoChain } from '#protocols/hotstuff/decisions.ts';
import { accountabilityOf } from '#protocols/hotstuff/evidence.ts';
import type { HotStuffStatement } from '#protocols/hotstuff/messages.ts';
import { r } from '../fixtures/ids.ts';
import { by, jurisdictionOf } from '../pbft/testimony.ts';
import { phaseVote, proposal, timeout, vote } from './testimony.ts';

type Part = Signed<HotStuffStatement>;
const jurisdiction = jurisdictionOf(4);
const chained = accountabilityOf(threeChain);
const jolteon = accountabilityOf(twoChain);
const basic = accountabilityOf(phased);

/** Kinds and accused that a watch tells which saw `parts` in this order, as `E2 1`. */
function told(
  rules: Accountability<HotStuffStatement>,
  parts: readonly Part[],
  epoch = jurisdiction,
): string[] {
  const watch = rules.createWatch(epoch);
  const found = parts.flatMap((part) => watch.see(part));
  for (const evidence of found) {
    expect(evidenceProblem(rules, evidence, epoch)).toBeNull();
    const crossed = JSON.parse(JSON.stringify(evidence)) as unknown;
    expect(v.parse(evidenceSchema(rules.statement), crossed)).toEqual(evidence);
  }
  return found.map(({ kind, accused }) => `${kind} ${Number(`0x${accused}`)}`);
}

describe('what convicts, in whatever order it is seen', () => {
  test.each<[string, string, Part[]]>([
    ['E1: two blocks of one view', 'E1 1', [by(1, proposal(5, 'a')), by(1, proposal(5, 'b'))]],
    ['E2: votes for two blocks', 'E2 2', [by(2, vote(5, 'a')), by(2, vote(5, 'b'))]],
    ['E2: another justify view', 'E2 2', [by(2, vote(5, 'a', 4)), by(2, vote(5, 'a', 3))]],
    ['E2: another lock', 'E2 2', [by(2, vote(5, 'a', 4, 3)), by(2, vote(5, 'a', 4, 2))]],
    ['E11: it voted upon a certificate', 'E11 3', [by(3, vote(5, 'a', 4)), by(3, timeout(5, 3))]],
    ['E11: views later', 'E11 3', [by(3, vote(5, 'a', 4)), by(3, timeout(9, 3))]],
    ['E11: it named a higher one before', 'E11 3', [by(3, timeout(5, 4)), by(3, timeout(6, 3))]],
    ['E11: two accounts of one view', 'E11 3', [by(3, timeout(5, 4)), by(3, timeout(5, 3))]],
  ])('[%s]', (_what, expected, parts) => {
    for (const rules of [chained, jolteon]) {
      expect(told(rules, parts)).toEqual([expected]);
      expect(told(rules, [...parts].reverse())).toEqual([expected]);
    }
  });

  test('[E10] a block upon a view strictly below the lock; with two chains nothing forbids it', () => {
    const parts = [by(3, vote(6, 'a', 5, 4)), by(3, vote(9, 'b', 3))];
    expect(told(chained, parts)).toEqual(['E10 3']);
    expect(told(chained, [...parts].reverse())).toEqual(['E10 3']);
    expect(told(jolteon, parts)).toEqual([]);
  });

  test('[E11] a timeout of a view that its signer knows to have ended convicts alone', () => {
    expect(told(chained, [by(3, timeout(5, 5))])).toEqual(['E11 3']);
    expect(told(chained, [by(3, timeout(5, 9))])).toEqual(['E11 3']);
    expect(told(chained, [by(3, timeout(5, 4))])).toEqual([]);
  });

  test('[E12] a proposal upon a view strictly below what its own timeouts name convicts alone', () => {
    for (const rules of [chained, jolteon, basic]) {
      expect(told(rules, [by(1, proposal(9, 'a', 4, 5))])).toEqual(['E12 1']);
      expect(told(rules, [by(1, proposal(9, 'a', 5, 5))])).toEqual([]);
      expect(told(rules, [by(1, proposal(9, 'a', 5, 4))])).toEqual([]);
      expect(told(rules, [by(1, proposal(9, 'a', 5))])).toEqual([]);
    }
  });

  test('[E13] a proposal by another than the leader, where views alone say who leads', () => {
    expect(told(chained, [by(2, proposal(5, 'a'))])).toEqual(['E13 2']);
    expect(told(chained, [by(1, proposal(5, 'a'))])).toEqual([]);
  });

  test('[E13] who leads follows from the switches of the epoch; by reputation it convicts nobody', () => {
    const [first, second] = [by(1, proposal(5, 'a')), by(2, proposal(5, 'a'))];
    const inTurn = { ...jurisdiction, switches: ['steady-leaders'] };
    expect(told(chained, [by(1, proposal(4, 'b')), first], inTurn)).toEqual([]);
    expect(told(chained, [second], inTurn)).toEqual(['E13 2']);
    expect(told(chained, [by(0, proposal(4, 'b'))], inTurn)).toEqual(['E13 0']);
    const reputation = { ...jurisdiction, switches: ['reputation'] };
    expect(told(chained, [first, second], reputation)).toEqual([]);
  });
});

describe('what does not', () => {
  test.each<[string, Part[]]>([
    ['two signatures of one vote', [by(2, vote(5, 'a')), by(2, vote(5, 'a'), 'again')]],
    ['two signatures of one block', [by(1, proposal(5, 'a')), by(1, proposal(5, 'a'), 'again')]],
    ['two views', [by(2, vote(5, 'a')), by(2, vote(6, 'b'))]],
    ['two signers', [by(1, vote(5, 'a')), by(2, vote(5, 'b'))]],
    ['a vote and a proposal', [by(1, vote(5, 'a')), by(1, proposal(5, 'b'))]],
    ['a vote and a timeout of one view', [by(2, vote(5, 'a', 4)), by(2, timeout(5, 4))]],
    ['E10: upon the very view of the lock', [by(3, vote(6, 'a', 5, 4)), by(3, vote(9, 'b', 4))]],
    ['E10: it was locked only afterwards', [by(3, vote(6, 'a', 3)), by(3, vote(9, 'b', 8, 7))]],
    ['E11: it voted only afterwards', [by(3, timeout(5, 3)), by(3, vote(6, 'a', 4))]],
    ['E11: it learned more', [by(3, timeout(5, 3)), by(3, timeout(6, 4))]],
    ['E11: no vote names what it knew', [by(3, vote(5, 'a', 3)), by(3, timeout(6, 3))]],
  ])('%s', (_what, parts) => {
    for (const rules of [chained, jolteon]) {
      expect(told(rules, parts)).toEqual([]);
      expect(told(rules, [...parts].reverse())).toEqual([]);
    }
  });
});

describe('with phases', () => {
  test.each<[string, string[], Part[]]>([
    ['E1', ['E1 1'], [by(1, proposal(5, 'a')), by(1, proposal(5, 'b'))]],
    [
      'E2: two blocks in one phase',
      ['E2 2'],
      [by(2, phaseVote('pre-commit', 5, 'a')), by(2, phaseVote('pre-commit', 5, 'b'))],
    ],
    [
      'E9: to prepare a block upon a view strictly below the lock',
      ['E9 3'],
      [by(3, phaseVote('commit', 5, 'a')), by(3, phaseVote('prepare', 7, 'b', 4))],
    ],
    [
      'E11: below the block it voted to prepare',
      ['E11 3'],
      [by(3, phaseVote('prepare', 5, 'a', 4)), by(3, timeout(5, 3))],
    ],
    [
      'E11: below the view whose certificate it voted upon',
      ['E11 3'],
      [by(3, phaseVote('pre-commit', 5, 'a')), by(3, timeout(5, 4))],
    ],
    [
      'E11: the same, views later',
      ['E11 3'],
      [by(3, phaseVote('commit', 5, 'a')), by(3, timeout(8, 4))],
    ],
  ])('[%s] convicts, in whatever order it is seen', (_what, expected, parts) => {
    expect(told(basic, parts)).toEqual(expected);
    expect(told(basic, [...parts].reverse())).toEqual(expected);
  });

  test.each<[string, Part[]]>([
    [
      'one vote of each phase',
      (['prepare', 'pre-commit', 'commit'] as const).map((phase) =>
        by(2, phaseVote(phase, 5, 'a')),
      ),
    ],
    [
      'E2: another block was prepared than the one it voted for',
      [by(2, phaseVote('prepare', 5, 'a')), by(2, phaseVote('pre-commit', 5, 'b'))],
    ],
    [
      'E9: upon the very view of the lock',
      [by(3, phaseVote('commit', 5, 'a')), by(3, phaseVote('prepare', 7, 'b', 5))],
    ],
    [
      'E9: a quorum prepared against its lock',
      [by(3, phaseVote('commit', 5, 'a')), by(3, phaseVote('pre-commit', 7, 'b', 4))],
    ],
    [
      'E9: it locked only afterwards',
      [by(3, phaseVote('prepare', 5, 'b', 2)), by(3, phaseVote('commit', 7, 'a'))],
    ],
    [
      'E9: what it voted to pre-commit locks nothing',
      [by(3, phaseVote('pre-commit', 5, 'a')), by(3, phaseVote('prepare', 7, 'b', 4))],
    ],
    [
      'E11: the view was prepared and went no further',
      [by(3, phaseVote('commit', 5, 'a')), by(3, timeout(5, 5))],
    ],
  ])('%s convicts nobody', (_what, parts) => {
    expect(told(basic, parts)).toEqual([]);
    expect(told(basic, [...parts].reverse())).toEqual([]);
  });
});

describe('evidence from outside', () => {
  const parts = [by(3, vote(6, 'a', 5, 4)), by(3, vote(9, 'b', 3))] as const;
  const [good] = parts.flatMap(
    (
      (watch) => (part: Part) =>
        watch.see(part)
    )(chained.createWatch(jurisdiction)),
  );
  if (!good) throw new Error('no evidence');
  const [first, second] = parts;

  test.each<[string, Evidence<HotStuffStatement>, string]>([
    ['of another accused', { ...good, accused: r(1) }, 'another than the accused'],
    ['of two signers', { ...good, parts: [first, by(2, second.body)] }, 'another than the accused'],
    ['of one vote', { ...good, parts: [first] }, 'are not a vote against'],
    ['of one vote twice', { ...good, parts: [first, first] }, 'are not a vote against'],
    ['of another kind', { ...good, kind: 'E2' }, 'are not two votes'],
    ['with a claim of its own', { ...good, claim: 'is a bad person' }, 'its claim'],
    [
      'with a false signature',
      { ...good, parts: [first, { ...second, signature: 'f'.repeat(128) }] },
      'false signature',
    ],
  ])('%s convicts nobody', (_what, evidence, reason) => {
    expect(evidenceProblem(chained, evidence, jurisdiction)).toContain(reason);
  });

  test('[E10] where two chains commit, there is no such evidence', () => {
    expect(evidenceProblem(jolteon, good, jurisdiction)).toContain('no evidence of kind');
  });
});

test('[K11] a watch is bounded, and a liar pushes out only its own statements', () => {
  const watch = chained.createWatch(jurisdiction);
  watch.see(by(1, vote(1, 'a')));
  watch.see(by(2, vote(1, 'a')));
  for (let view = 2; view < limits.statementsWatchedMax + 10; view++) {
    watch.see(by(2, vote(view, 'a')));
  }
  expect(watch.see(by(1, vote(1, 'b')))).toHaveLength(1);
  expect(watch.see(by(2, vote(1, 'b')))).toHaveLength(0);
});
