/** A leader with two stories: what each heard comes together, and convicts it (B.4, E1). */
import { expect, test } from 'vitest';
import { accountabilityOf } from '#protocols/hotstuff/evidence.ts';
import { threeChain } from '#protocols/hotstuff/decisions.ts';
import type { Block } from '#protocols/hotstuff/messages.ts';
import { r } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { jurisdictionOf } from '../pbft/testimony.ts';
import { Bench, sentOf } from './bench.ts';
import { blockOf, proposalOf, vote } from './statements.ts';
import { HotStuffWorld } from './world.ts';

const one: Block = blockOf(1, null);
const other: Block = blockOf(1, null, { batch: batch(1) });

test('[HB1] [E1] a certificate of another block than the one it heard: it shows the others what it heard, once', () => {
  const bench = new Bench();
  bench.propose(one);
  const effects = bench.propose(blockOf(2, other));
  expect(sentOf(effects, 'HEARD')).toEqual([
    { type: 'HEARD', to: [r(0), r(1), r(2)], statement: proposalOf(one).statement },
  ]);
  expect(sentOf(bench.propose(blockOf(3, other)), 'HEARD')).toEqual([]);
});

test('[HB1] [E1] a vote for another block is enough, and only of the view that it heard a block of', () => {
  const bench = new Bench({ self: r(2) });
  bench.propose(one);
  const carried = (by: number, block: Block) =>
    bench.receive({ type: 'VOTE', statement: vote(by, block) });
  expect(sentOf(carried(0, one), 'HEARD')).toEqual([]);
  expect(sentOf(carried(3, other), 'HEARD')).toHaveLength(1);
  expect(sentOf(carried(1, other), 'HEARD')).toEqual([]);
  expect(sentOf(new Bench().propose(blockOf(2, other)), 'HEARD')).toEqual([]);
});

test('[HB1] [E1] one of four tells two stories: every honest replica sees both', () => {
  const world = new HotStuffWorld(4);
  world.turn(1, 'HB1');
  world.writeEach(6);
  world.run(8_000);
  const heard = world.sent.filter(({ message }) => message.type === 'HEARD');
  expect(heard.length).toBeGreaterThan(0);
  const watch = accountabilityOf(threeChain).createWatch({
    ...jurisdictionOf(4),
    isSigned: () => true,
  });
  const told = world.sent.flatMap(({ to, message }) =>
    to === r(0) && (message.type === 'PROPOSAL' || message.type === 'HEARD')
      ? watch.see(message.statement)
      : [],
  );
  expect(new Set(told.map(({ kind, accused }) => `${kind} ${accused}`))).toEqual(
    new Set([`E1 ${r(1)}`]),
  );
});
