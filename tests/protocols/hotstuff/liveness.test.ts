/** CI10: whoever f crashed replicas are, what is committed grows. */
import { describe, expect, test } from 'vitest';
import { faultsTolerated } from '#protocols/core/quorum.ts';
import { hotStuffLaboratory, jolteonLaboratory } from '#protocols/hotstuff/laboratory.ts';
import type { Rotation } from '#protocols/hotstuff/rotation.ts';
import { HotStuffWorld, rotating } from './world.ts';

/** All sets of `size` of `n`. */
function placements(n: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  const sets: number[][] = [];
  for (let first = from; first <= n - size; first++) {
    for (const rest of placements(n, size - 1, first + 1)) sets.push([first, ...rest]);
  }
  return sets;
}

/** Three requests, one after the other, while these are down. */
function writeWithout(crashed: readonly number[], n: number, laboratory = hotStuffLaboratory) {
  const world = new HotStuffWorld(n, { laboratory });
  for (const i of crashed) world.crash(i);
  world.writeEach(3);
  return world;
}

describe.each([4, 7])('n = %i', (n) => {
  test.each(placements(n, faultsTolerated(n)).map((gone) => [gone]))(
    '[CS12] [CI10] chained, without %o',
    (gone) => {
      const world = writeWithout(gone, n);
      expect(world.settled.size).toBe(3);
    },
  );
});

test('[CI10] n = 10: every placement of three', () => {
  for (const gone of placements(10, 3)) expect(writeWithout(gone, 10).settled.size).toBe(3);
});

test('[CI10] n = 13: every third seat is empty, and only views 0, 1, 2 follow each other', () => {
  expect(writeWithout([3, 6, 9, 12], 13).settled.size).toBe(3);
});

test.each(placements(4, 1))('[CI10] Jolteon, n = 4, without %i', (gone) => {
  expect(writeWithout([gone], 4, jolteonLaboratory).settled.size).toBe(3);
});

test.each<[string, Rotation]>([
  ['two views each', { type: 'round-robin', views: 2 }],
  ['four views each', { type: 'round-robin', views: 4 }],
  ['reputation', { type: 'reputation' }],
])('[C28] [CI10] %s: every placement of f of 7', (_name, rotation) => {
  for (const gone of placements(7, 2)) {
    expect(writeWithout(gone, 7, rotating(rotation)).settled.size).toBe(3);
  }
});

test('[C28] reputation leaves out who is gone: it costs views once, and not with each turn', () => {
  const timeoutsOf = (rotation: Rotation): number => {
    const world = new HotStuffWorld(4, { laboratory: rotating(rotation) });
    world.writeEach(2);
    world.crash(2);
    world.writeEach(20);
    return world.notes.filter(({ note }) => note.note === 'timedOut').length;
  };
  expect(timeoutsOf({ type: 'reputation' })).toBeLessThan(
    timeoutsOf({ type: 'round-robin', views: 1 }) / 4,
  );
});
