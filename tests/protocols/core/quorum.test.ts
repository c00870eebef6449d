import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crashesTolerated, isMajority, majority, majorityReached } from '#protocols/core/quorum.ts';

test.each([
  [1, 1, 0],
  [2, 2, 0],
  [3, 2, 1],
  [4, 3, 1],
  [5, 3, 2],
  [7, 4, 3],
  [31, 16, 15],
])('of %i voters %i are a majority, and %i may crash', (n, quorum, crashes) => {
  expect(majority(n)).toBe(quorum);
  expect(crashesTolerated(n)).toBe(crashes);
});

test('any two majorities share a voter, and two sets one smaller need not', () => {
  for (let n = 1; n <= 31; n++) {
    expect(2 * majority(n)).toBeGreaterThan(n);
    expect(2 * (majority(n) - 1)).toBeLessThanOrEqual(n);
  }
});

test('[K10] only voters count, and each once', () => {
  const voters = ['a', 'b', 'c'];
  expect(isMajority(new Set(['a', 'b']), voters)).toBe(true);
  expect(isMajority(new Set(['a', 'x', 'y', 'z']), voters)).toBe(false);
});

test('majorityReached is the greatest value that a majority has reached', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 9 }), (values) => {
      const reached = majorityReached(values);
      const holders = (value: number) => values.filter((v) => v >= value).length;
      expect(holders(reached)).toBeGreaterThanOrEqual(majority(values.length));
      expect(holders(reached + 1)).toBeLessThan(majority(values.length));
    }),
    { seed: 1 },
  );
});
