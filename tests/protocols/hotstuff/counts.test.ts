/** Messages per block between distinct replicas, exactly (message-counts.md, part D). */
import { describe, expect, test } from 'vitest';
import { messagesPer } from '#protocols/hotstuff/counts.ts';
import {
  basicHotStuffLaboratory,
  hotStuffLaboratory,
  jolteonLaboratory,
} from '#protocols/hotstuff/laboratory.ts';
import { countByKind, inTotal, type Counts } from '../fixtures/counts.ts';
import { HotStuffWorld } from './world.ts';

const sizes = [4, 7, 10, 13, 16];
/** Without clients' requests on their way to all replicas, which are counted apart. */
const counted = (world: HotStuffWorld): Counts =>
  countByKind(
    world.sent.splice(0).flatMap(({ message }) => (message.type === 'REQUEST' ? [] : [message])),
  );
const proposedIn = (world: HotStuffWorld): number =>
  Math.max(...world.states().map(({ proposed }) => proposed));

test('[CS26] one command, an idle chain: its block, three empty ones, and silence', () => {
  const world = new HotStuffWorld(4);
  world.write();
  world.run(60_000);
  expect(world.settled.size).toBe(1);
  expect(proposedIn(world)).toBe(4);
  expect(counted(world)).toEqual(inTotal([messagesPer('block', 4), 4]));
  expect(world.states().every(({ committed }) => committed.commandHeight === 1)).toBe(true);
});

test('Jolteon needs two empty blocks', () => {
  const world = new HotStuffWorld(4, { laboratory: jolteonLaboratory });
  world.write();
  world.run(60_000);
  expect(world.settled.size).toBe(1);
  expect(proposedIn(world)).toBe(3);
});

test.each([
  ['chained', 10, hotStuffLaboratory],
  ['Jolteon', 8, jolteonLaboratory],
  ['[BH1] basic', 10, basicHotStuffLaboratory],
] as const)('%s: the client accepts at delay %i', (_name, delay, laboratory) => {
  const world = new HotStuffWorld(4, { laboratory });
  const began = world.now;
  world.write();
  world.run(30);
  expect(world.settled.get(1)).toBe(began + delay);
});

describe.each(sizes)('n = %i', (n) => {
  test('1,000 blocks cost 2(n-1) each; nothing is sent twice, nobody gives up', () => {
    const world = new HotStuffWorld(n, { checkers: 'off' });
    while (proposedIn(world) < 1_000) {
      world.write();
      world.run(2);
    }
    world.run(2_000);
    const blocks = proposedIn(world);
    expect(counted(world)).toEqual(inTotal([messagesPer('block', n), blocks]));
    expect(Object.values(messagesPer('block', n))).toEqual([n - 1, n - 1]);
    expect(new Set(world.digests()).size).toBe(1);
  });
});

test.each(sizes)('[BH1] basic, n = %i: 1,000 decisions cost 8(n-1) each', (n) => {
  const world = new HotStuffWorld(n, { laboratory: basicHotStuffLaboratory, checkers: 'off' });
  world.writeEach(1_000);
  world.run(2_000);
  expect(counted(world)).toEqual(inTotal([messagesPer('decision', n), 1_000]));
  const total = Object.values(messagesPer('decision', n)).reduce((sum, count) => sum + count, 0);
  expect(total).toBe(8 * (n - 1));
  expect(world.heights()).toEqual(world.heights().map(() => 1_000));
});

test('a crashed leader costs a view of n(n-1) timeouts, less those of the crashed', () => {
  const n = 4;
  const world = new HotStuffWorld(n);
  world.crash(1);
  world.write();
  world.run(20_000);
  const { TIMEOUT = 0 } = counted(world);
  const gaveUp = world.notes.filter(({ note }) => note.note === 'timedOut').length;
  expect(messagesPer('timeout', n)).toEqual({ TIMEOUT: n * (n - 1) });
  expect(TIMEOUT).toBe(gaveUp * (n - 1));
});
