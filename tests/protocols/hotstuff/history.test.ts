/** Blocks as two replicas compare them: equal at the same height where CI1 holds, and different ever after where not. */
import { describe, expect, test } from 'vitest';
import { digestOf } from '#protocols/hotstuff/block.ts';
import { executedAbove } from '#protocols/hotstuff/history.ts';
import {
  basicHotStuffLaboratory,
  hotStuffLaboratory,
  jolteonLaboratory,
} from '#protocols/hotstuff/laboratory.ts';
import { batch } from '../pbft/statements.ts';
import { Bench } from './bench.ts';
import { blockOf, chain } from './statements.ts';
import { HotStuffWorld } from './world.ts';

describe.each([hotStuffLaboratory, jolteonLaboratory, basicHotStuffLaboratory])(
  '[CI1] the history of $protocol.name',
  (laboratory) => {
    test('is the same at the same height, after a crash and a cut too', () => {
      const world = new HotStuffWorld(4, { laboratory });
      world.writeEach(5);
      world.cutOff(3);
      world.writeEach(10);
      world.crash(2);
      world.restart(2);
      world.mend();
      world.writeEach(1);
      world.run(8_000);
      const ledgers = world.states().map((state) => executedAbove(state, 0));
      const shortest = Math.min(...ledgers.map(({ length }) => length));
      expect(shortest).toBeGreaterThanOrEqual(16);
      const seen = ledgers.map((slots) => JSON.stringify(slots.slice(0, shortest)));
      expect(new Set(seen).size).toBe(1);
      for (const [i, state] of world.states().entries()) {
        const last = ledgers[i]?.at(-1);
        expect(laboratory.protocol.summarize(state).executed).toEqual({
          n: last?.n,
          history: last?.history,
        });
      }
    });
  },
);

test('[CI1] two chains that part once differ at every height after', () => {
  const one = new Bench();
  const other = new Bench();
  const blocks = chain(1, 2, 3, 4, 5, 6);
  one.propose(...blocks);
  const [first] = blocks;
  const apart = [blockOf(2, first ?? null, { batch: batch(1) })];
  for (const view of [3, 4, 5, 6]) apart.push(blockOf(view, apart.at(-1) ?? null));
  other.propose(...blocks.slice(0, 1), ...apart);
  const [ours, theirs] = [one, other].map(({ state }) => executedAbove(state, 0));
  expect(ours?.map(({ n }) => n)).toEqual([1, 2, 3]);
  expect(theirs?.[0]).toEqual(ours?.[0]);
  expect(theirs?.[1]?.digest).not.toBe(ours?.[1]?.digest);
  // Height 3 is an empty block on both sides: what it stands on tells them apart.
  expect(theirs?.[2]?.history).not.toBe(ours?.[2]?.history);
});

test('only what is above the height that is known is told, oldest first', () => {
  const bench = new Bench();
  const blocks = chain(1, 2, 3, 4, 5, 6);
  bench.propose(...blocks);
  expect(executedAbove(bench.state, 1)).toEqual(
    blocks.slice(1, 3).map((block) => {
      const digest = digestOf(block);
      return { n: block.height, digest, history: digest };
    }),
  );
  expect(executedAbove(bench.state, 3)).toEqual([]);
});
