/** What each message of a room that runs HotStuff is for, as its screens count it (message-counts.md, part D). */
import { describe, expect, test } from 'vitest';
import { chainCounts, phaseCounts } from '#protocols/hotstuff/counting.ts';
import {
  basicHotStuffLaboratory,
  hotStuffLaboratory,
  jolteonLaboratory,
} from '#protocols/hotstuff/laboratory.ts';
import { summarize } from '#protocols/hotstuff/summary.ts';
import { HotStuffWorld } from './world.ts';

/** All that was sent, by the kinds that a screen counts. */
function sorted(world: HotStuffWorld, counts = chainCounts): Record<string, number> {
  const sorters = new Map<string, ReturnType<typeof counts.sorter>>();
  const totals: Record<string, number> = {};
  for (const { from, to, message } of world.sent.splice(0)) {
    const sorter = sorters.get(from) ?? counts.sorter();
    sorters.set(from, sorter);
    const kind = sorter.sort(to, message);
    totals[kind] = (totals[kind] ?? 0) + 1;
  }
  return totals;
}

const decidedIn = (world: HotStuffWorld): number =>
  Math.max(...world.states().map((state) => chainCounts.decided(summarize(state))));

describe.each([
  ['chained', hotStuffLaboratory, chainCounts],
  ['Jolteon', jolteonLaboratory, chainCounts],
  ['[BH1] basic', basicHotStuffLaboratory, phaseCounts],
])('%s', (_name, laboratory, counts) => {
  test.each([4, 7, 16])('n = %i: the formula is what is measured for each block', (n) => {
    const world = new HotStuffWorld(n, { laboratory });
    world.writeEach(30);
    world.run(2_000);
    const { client, ...kinds } = sorted(world, counts);
    expect(client).toBeGreaterThan(0);
    const blocks = decidedIn(world);
    expect(blocks).toBeGreaterThanOrEqual(30);
    const [formula] = counts.formulas;
    const each = Object.entries(formula?.perDecision(n) ?? {});
    expect(kinds).toEqual(Object.fromEntries(each.map(([kind, count]) => [kind, blocks * count])));
    expect(each.map(([kind]) => kind).sort()).toEqual(counts.kinds.map(({ id }) => id).sort());
  });
});

test('[C21] views that fail are counted apart, and make the blocks between them dearer', () => {
  const world = new HotStuffWorld(4);
  world.crash(1);
  world.writeEach(3);
  world.run(20_000);
  const { timeout = 0, PROPOSAL = 0, again } = sorted(world);
  expect(timeout).toBeGreaterThan(0);
  expect(PROPOSAL / 3).toBeGreaterThanOrEqual(decidedIn(world));
  expect(again).toBeUndefined();
});

test('[C11] what is said again after a restart is apart, and so is what helps who fell behind', () => {
  const world = new HotStuffWorld(4);
  world.writeEach(3);
  sorted(world);
  world.crash(0);
  world.writeEach(3);
  world.restart(0);
  world.run(8_000);
  const { help = 0 } = sorted(world);
  expect(help).toBeGreaterThan(0);
});
