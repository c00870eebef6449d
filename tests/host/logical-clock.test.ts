/** Who has a seat in the roster of the epoch counts its steps; a newcomer has none, and passes on what it heard. */
import { expect, test } from 'vitest';
import { limits } from '#protocols/core/limits.ts';
import { LogicalClock } from '#lib/host/logical-clock.ts';

test('a replica without a seat keeps the counts of those who have one', () => {
  const newcomer = new LogicalClock(-1, 3);
  newcomer.tick(1);
  newcomer.observe(7, [4, 0, 2]);
  newcomer.tick(2);
  expect(newcomer.vector()).toEqual([4, 0, 2]);
  expect(newcomer.lamport).toBe(8);
});

test('a liar cannot put it where nobody accepts it any more, neither at once nor step by step', () => {
  const clock = new LogicalClock(0, 3);
  clock.observe(limits.integerMax, [0, 0, 0]);
  clock.tick(1);
  expect(clock.lamport).toBe(1);
  while (clock.lamport < limits.integerMax) {
    clock.observe(Math.min(clock.lamport + limits.clockLeadMax, limits.integerMax), [0, 0, 0]);
  }
  clock.tick(2);
  expect(clock.lamport).toBe(limits.integerMax);
});
