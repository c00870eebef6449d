import { expect, test } from 'vitest';
import { inTurn } from '#lib/host/turns.ts';

/** Busy for `ms`. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('[K11] slow computing is first come, first served, and lets the rest of the thread have its turns', async () => {
  const order: string[] = [];
  const computing = Array.from({ length: 60 }, (_, i) =>
    inTurn(() => {
      work(1);
      order.push(`piece ${i}`);
    }),
  );
  setTimeout(() => order.push('timer'));
  await Promise.all(computing);
  const pieces = order.filter((name) => name !== 'timer');
  expect(pieces).toEqual(computing.map((_, i) => `piece ${i}`));
  expect(order.indexOf('timer')).toBeGreaterThanOrEqual(0);
  expect(order.indexOf('timer')).toBeLessThan(order.length - 1);
});
