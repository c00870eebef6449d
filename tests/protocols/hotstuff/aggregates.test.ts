/** Certificates that are aggregates (A.4.5): put together by the host, and read like any other. */
import { describe, expect, test } from 'vitest';
import { bitmapOf, statementsOf, type Aggregate } from '#protocols/core/aggregate.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { threeChain } from '#protocols/hotstuff/decisions.ts';
import { accountabilityOf } from '#protocols/hotstuff/evidence.ts';
import type { Block, Certificate, Vote } from '#protocols/hotstuff/messages.ts';
import { isCertificate } from '#protocols/hotstuff/rules.ts';
import { settingOf } from '#protocols/hotstuff/setting.ts';
import type { HotStuffEffect } from '#protocols/hotstuff/state.ts';
import { r, roster } from '../fixtures/ids.ts';
import { jurisdictionOf } from '../pbft/testimony.ts';
import { Bench, notesOf, sentOf } from './bench.ts';
import { certificate, chain, vote, votesIn } from './statements.ts';
import { timeout, timeouts, vote as voteFor } from './testimony.ts';

const options = { certificates: 'aggregate' } as const;
const setting = settingOf(roster(4), options);
const [block] = chain(1) as [Block];

const share = 'a'.repeat(96);
const shared = (by: number): Signed<Vote> => ({ ...vote(by, block), share });
const aggregate = (...by: number[]): Aggregate<Vote> => {
  return { body: vote(0, block).body, signers: bitmapOf(by.map(r), roster(4)), aggregate: share };
};
const whole = (...by: number[]): Certificate => {
  return { ...certificate(block), votes: aggregate(...by) };
};

/** Number 2, which counts the votes of view 1. */
const born = () => new Bench({ self: r(2), options });
const carry = (bench: Bench, statement: Signed<Vote>) =>
  bench.receive({ type: 'VOTE', statement }, statement.signer);
const asked = (effects: readonly HotStuffEffect[]) =>
  effects.flatMap((e) => (e.type === 'ask' ? [e.job.shares.map(({ signer }) => signer)] : []));

describe('a quorum of votes with shares', () => {
  test('is put together by the host, once, and is a certificate when it answers', () => {
    const bench = born();
    expect(asked([0, 1].flatMap((by) => carry(bench, shared(by))))).toEqual([]);
    const effects = carry(bench, shared(3));
    expect(asked(effects)).toEqual([[r(0), r(1), r(3)]]);
    expect(asked(carry(bench, shared(2)))).toEqual([]);
    expect(bench.state.highQC.view).toBe(0);
    const answer = { type: 'aggregate', aggregate: aggregate(0, 1, 3) } as const;
    const after = bench.step({ type: 'answer', answer });
    expect(notesOf(after)).toContainEqual(expect.objectContaining({ note: 'certified', view: 1 }));
    expect(bench.state.highQC).toEqual(whole(0, 1, 3));
    expect(bench.state.view).toBe(2);
    expect(isCertificate(bench.state.highQC, setting)).toBe(true);
  });

  test('loses those whose shares are false: the others are asked about with the next vote', () => {
    const bench = born();
    for (const by of [0, 1, 3]) carry(bench, shared(by));
    const { body } = shared(1);
    const answer = { type: 'falseShares', body, signers: [r(1)] } as const;
    const after = bench.step({ type: 'answer', answer });
    expect(notesOf(after)).toEqual([{ note: 'shareRefused', from: r(1), view: 1 }]);
    expect(bench.state.highQC.view).toBe(0);
    expect(asked(carry(bench, shared(1)))).toEqual([]);
    expect(asked(carry(bench, shared(2)))).toEqual([[r(0), r(2), r(3)]]);
  });

  test('is asked about at once without them, where enough others have come meanwhile', () => {
    const bench = born();
    for (const by of [0, 1, 3, 2]) carry(bench, shared(by));
    const { body } = shared(1);
    const answer = { type: 'falseShares', body, signers: [r(1)] } as const;
    expect(asked(bench.step({ type: 'answer', answer }))).toEqual([[r(0), r(2), r(3)]]);
  });

  test('does not count votes without a share; and where certificates are lists, none with one', () => {
    const bench = born();
    for (const by of [0, 1, 3]) carry(bench, vote(by, block));
    expect(bench.state.votes.size).toBe(0);
    const lists = new Bench({ self: r(2) });
    for (const by of [0, 1, 3]) carry(lists, shared(by));
    expect(lists.state.votes.size).toBe(0);
  });

  test('a vote leaves with a share for the host to make', () => {
    const [sent] = sentOf(new Bench({ options }).propose(block), 'VOTE');
    expect(sent?.statement).toMatchObject({ signature: '', share: '' });
  });
});

describe('[H2] an aggregate', () => {
  test.each([
    ['of a quorum', whole(0, 1, 3), true],
    ['of all', whole(0, 1, 2, 3), true],
    ['of too few', whole(0, 1), false],
    ['of nobody', { ...whole(0), votes: { ...aggregate(0), signers: 0 } }, false],
    [
      'of somebody beyond the roster',
      { ...whole(0), votes: { ...aggregate(), signers: 0b10111 } },
      false,
    ],
    ['of another view', { ...whole(0, 1, 3), view: 2 }, false],
    ['of another block', { ...whole(0, 1, 3), block: 'e'.repeat(64) }, false],
    ['of another phase', { ...whole(0, 1, 3), phase: 'prepare' }, false],
    ['that is a list', certificate(block), false],
  ] as const)('%s: %o is a certificate: %s', (_name, qc, expected) => {
    expect(isCertificate(qc, setting)).toBe(expected);
  });

  test('is none where certificates are lists', () => {
    expect(isCertificate(whole(0, 1, 3), settingOf(roster(4), {}))).toBe(false);
    expect(votesIn(whole(0, 1, 3))).toEqual([]);
  });
});

describe('[B.4.1] the court, by aggregates alone', () => {
  const rules = accountabilityOf(threeChain);
  const jurisdiction = jurisdictionOf(4);
  const shownBy = (signers: readonly number[], body: Vote) =>
    statementsOf(
      { body, signers: bitmapOf(signers.map(r), roster(4)), aggregate: share },
      roster(4),
    );
  const named = (first: Signed<Vote>[], second: Signed<Vote>[]) =>
    rules
      .court([first, second], [], { ...jurisdiction, isSigned: () => true })
      .evidence.map(({ kind, accused }) => `${kind} ${Number(`0x${accused}`)}`)
      .sort();

  test('[E2] names who stands in the bitmaps of two blocks of one view', () => {
    const [a, b] = [voteFor(7, 'a'), voteFor(7, 'b')];
    expect(named(shownBy([0, 2, 3], a), shownBy([1, 2, 3], b))).toEqual(['E2 2', 'E2 3']);
  });

  test('[E10] names who stands in those of two views, against their locks', () => {
    const commit = voteFor(7, 'a');
    const later = voteFor(9, 'b', 4, 3);
    expect(named(shownBy([0, 2, 3], commit), shownBy([1, 2, 3], later))).toEqual([
      'E10 2',
      'E10 3',
    ]);
  });

  test('[E11] holds a timeout against the bitmap of a certificate', () => {
    const watch = rules.createWatch(jurisdiction);
    for (const statement of shownBy([0, 2, 3], voteFor(7, 'a'))) watch.see(statement);
    const found = timeouts([2], timeout(8, 3)).flatMap((lie) => watch.see(lie));
    expect(found.map(({ kind, accused }) => [kind, accused])).toEqual([['E11', r(2)]]);
  });

  test('by certificates that name nobody, nobody could be', () => {
    const [a, b] = [voteFor(7, 'a'), voteFor(7, 'b')];
    const { verdict } = rules.court([[], []], [], jurisdiction);
    expect(verdict).toBe('cannot tell');
    expect(rules.conflictOf(shownBy([0, 2, 3], a), shownBy([0, 1, 2], b))).toBe('view 7');
  });
});
