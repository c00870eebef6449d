/** What a vote is still good for: replica 2 of four on the bench, which counts the votes of view 1. */
import { describe, expect, test } from 'vitest';
import type { Use } from '#protocols/core/protocol.ts';
import * as basicRules from '#protocols/hotstuff/basic/rules.ts';
import type { Block, HotStuffMessage, Vote } from '#protocols/hotstuff/messages.ts';
import { useOf } from '#protocols/hotstuff/use-of.ts';
import { r } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { Bench } from './bench.ts';
import { blockOf, chain, noSync, proposalOf, timeoutMessage, vote } from './statements.ts';

const [one, two] = chain(1, 2) as [Block, Block];
const rival = blockOf(1, null, { batch: batch(1) });

const carrying = (by: number, block: Block, rest: Partial<Vote> = {}): HotStuffMessage => ({
  type: 'VOTE',
  statement: vote(by, block, rest),
});
/** `settled`, `needed`, or how many are still wanted. */
function use(bench: Bench, message: HotStuffMessage): Exclude<Use, object> | number {
  const found = useOf(bench.state, message);
  return typeof found === 'object' ? found.wanted : found;
}

describe('[C27] a vote', () => {
  test('is wanted as long as it can make a quorum, and no more once that is there', () => {
    const bench = new Bench({ self: r(2) });
    // Before the block too.
    expect(use(bench, carrying(0, one))).toBe(3);
    bench.receive(carrying(0, one), r(0));
    expect(use(bench, carrying(1, one))).toBe(2);
    bench.receive(carrying(1, one), r(1));
    expect(use(bench, carrying(3, one))).toBe(1);
    bench.receive(carrying(3, one), r(3));
    expect(bench.state.highQC.view).toBe(1);
    expect(use(bench, carrying(2, one))).toBe('settled');
  });

  test('for other blocks, or with another story of this one, counts apart', () => {
    const bench = new Bench({ self: r(2) });
    bench.receive(carrying(0, one), r(0));
    expect(use(bench, carrying(1, rival))).toBe(3);
    expect(use(bench, carrying(1, one, { lockView: 7 }))).toBe(3);
    const [first, second] = [one, rival].map((block) => useOf(bench.state, carrying(1, block)));
    expect(first).not.toMatchObject({ countsFor: (second as { countsFor: string }).countsFor });
  });

  test('[E2] that contradicts what is certified, or what its signer said, is looked at', () => {
    const bench = new Bench({ self: r(2) });
    bench.receive(carrying(0, one), r(0));
    expect(use(bench, carrying(0, rival))).toBe('needed');
    expect(use(bench, carrying(0, one))).toBe('settled');
    for (const i of [1, 3]) bench.receive(carrying(i, one), r(i));
    expect(use(bench, carrying(1, rival))).toBe('needed');
  });

  test('of a view below the highest certificate is settled; of one given up without any it is not', () => {
    const bench = new Bench({ self: r(2) });
    bench.propose(one, two, blockOf(3, two));
    expect(use(bench, carrying(0, one))).toBe('settled');
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('view');
    for (const i of [0, 1]) bench.receive(timeoutMessage(i, 3), r(i));
    // Its own is one of them.
    expect(use(bench, carrying(0, blockOf(3, two)))).toBe(2);
  });

  test('of a stranger, and whatever is no vote alone, is looked at', () => {
    const bench = new Bench({ self: r(2) });
    expect(use(bench, carrying(9, one))).toBe('needed');
    expect(use(bench, proposalOf(one))).toBe('needed');
    expect(use(bench, timeoutMessage(0, 1))).toBe('needed');
    expect(use(bench, { type: 'SYNC', sync: noSync })).toBe('needed');
  });
});

describe('[HI5] with phases', () => {
  const said = (by: number, phase: Vote['phase'], block = one): HotStuffMessage =>
    carrying(by, block, { phase, lockView: phase === 'commit' ? block.view : 0 });

  test('each phase takes a quorum of its own, and a view that is left takes none', () => {
    const bench = new Bench({ self: r(1), rules: basicRules });
    bench.receive(proposalOf(one), r(1));
    // Its own is one of them.
    for (const [phase, next] of [
      ['prepare', 'pre-commit'],
      ['pre-commit', 'commit'],
    ] as const) {
      bench.receive(said(0, phase), r(0));
      expect(use(bench, said(3, phase))).toBe(1);
      bench.receive(said(3, phase), r(3));
      expect(use(bench, said(2, phase))).toBe('settled');
      expect(use(bench, said(0, next))).toBe(2);
    }
    expect(use(bench, said(2, 'prepare', rival))).toBe('needed');
    for (const i of [0, 3]) bench.receive(said(i, 'commit'), r(i));
    expect(bench.state.view).toBe(2);
    expect(use(bench, said(2, 'commit'))).toBe('settled');
  });
});
