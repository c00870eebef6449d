/** Who has a seat in the roster of the epoch counts its steps; a newcomer has none, and passes on what it heard. */
import { expect, test } from 'vitest';
import { LogicalClock } from '#lib/host/logical-clock.ts';

test('a replica without a seat keeps the counts of those who have one', () => {
  const newcomer = new LogicalClock(-1, 3);
  newcomer.tick(1);
  newcomer.observe(7, [4, 0, 2]);
  newcomer.tick(2);
  expect(newcomer.vector()).toEqual([4, 0, 2]);
  expect(newcomer.lamport).toBe(8);
});
