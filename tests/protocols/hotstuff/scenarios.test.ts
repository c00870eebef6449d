/** Scenarios of a whole cluster, with its invariants held against every step. */
import { describe, expect, test } from 'vitest';
import { hotStuffLaboratory } from '#protocols/hotstuff/laboratory.ts';
import type { HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import { r } from '../fixtures/ids.ts';
import { HotStuffWorld } from './world.ts';

const viewOf = (message: HotStuffMessage): number | null =>
  message.type === 'PROPOSAL' ? message.block.view : null;

test('[CS1] four views in which all are connected commit the first; who counts the last votes knows of one more', () => {
  const world = new HotStuffWorld(4);
  world.stop = (_from, _to, message) => (viewOf(message) ?? 0) > 4;
  world.write();
  world.run(50);
  expect(world.heights()).toEqual([1, 2, 1, 1]);
});

test.each([
  [4, 0],
  // Of the views 3, 4 and 5, although the leader of view 6, which is to count the last votes, is the same (C27).
  [5, 2],
])(
  '[CS3] [CS4] the leader of view 2 is cut off, %i views: committed up to height %i',
  (last, height) => {
    const world = new HotStuffWorld(4);
    world.stop = (from, to, message) =>
      from === r(2) || to === r(2) || (viewOf(message) ?? 0) > last;
    world.write();
    world.run(3_000);
    expect(Math.max(...world.heights())).toBe(height);
  },
);

test('[CS8] a quorum commits, and who is cut off does not, until it is back', () => {
  const world = new HotStuffWorld(4);
  world.writeEach(1);
  world.cutOff(3);
  world.writeEach(3);
  expect(world.state(3).index).toBe(1);
  world.mend();
  world.writeEach(1);
  world.run(5_000);
  expect(world.states().map(({ index }) => index)).toEqual([5, 5, 5, 5]);
  expect(new Set(world.digests()).size).toBe(1);
});

test('[CS14] [HB13] a leader that proposes nothing costs time, and nothing else', () => {
  const world = new HotStuffWorld(4);
  world.stop = (from, _to, message) => from === r(2) && message.type === 'PROPOSAL';
  world.writeEach(10);
  expect(world.settled.size).toBe(10);
});

test('[CS25] two and two in different views come together', () => {
  const world = new HotStuffWorld(4);
  // What ends view 1 reaches two of them only.
  world.stop = (_from, to, message) =>
    (to === r(0) || to === r(1)) && message.type === 'PROPOSAL' && message.block.view < 3;
  world.write();
  world.run(250);
  world.stop = () => false;
  world.run(5_000);
  expect(world.settled.size).toBe(1);
});

describe('[CS19] restarts', () => {
  test('all at once in the middle of a chain: nothing is lost, nobody votes twice', () => {
    const world = new HotStuffWorld(4);
    world.writeEach(5);
    world.write(3);
    world.run(4);
    for (let i = 0; i < 4; i++) world.crash(i);
    for (let i = 0; i < 4; i++) world.restart(i);
    world.run(5_000);
    expect(world.settled.size).toBe(8);
    expect(new Set(world.digests()).size).toBe(1);
  });

  test('[C15] one that missed a long chain verifies them all, and has the same state', () => {
    const world = new HotStuffWorld(4, { laboratory: hotStuffLaboratory, checkers: 'off' });
    world.crash(3);
    world.writeEach(60);
    world.restart(3);
    world.writeEach(1);
    world.run(5_000);
    expect(world.state(3).committed.height).toBeGreaterThan(150);
    expect(new Set(world.digests()).size).toBe(1);
  });
});
