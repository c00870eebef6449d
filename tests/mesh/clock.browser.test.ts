import { describe, expect, test } from 'vitest';
import { PlainClock, WorkerClock, type Clock } from '../../src/lib/tab/clock.ts';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([
  ['the clock of the page', () => new PlainClock()],
  ['the clock in a worker', () => new WorkerClock()],
] as [string, () => Clock][])('%s', (_name, newClock) => {
  test('calls once, in the order of the times, none early', async () => {
    const clock = newClock();
    const start = clock.now();
    const fired: [string, number][] = [];
    for (const [name, ms] of [
      ['late', 80],
      ['soon', 20],
      ['now', 0],
    ] as const) {
      clock.setTimeout(() => fired.push([name, clock.now() - start]), ms);
    }
    await expect.poll(() => fired.length).toBe(3);
    expect(fired.map(([name]) => name)).toEqual(['now', 'soon', 'late']);
    expect(fired[1]?.[1]).toBeGreaterThanOrEqual(19);
    expect(fired[2]?.[1]).toBeGreaterThanOrEqual(79);
  });

  test('never calls a timer that was cleared, not even one that is already due', async () => {
    const clock = newClock();
    let calls = 0;
    const first = clock.setTimeout(() => calls++, 20);
    const second = clock.setTimeout(() => calls++, 5);
    clock.clear(first);
    // The worker says that the second is due while this page is busy.
    const end = performance.now() + 50;
    while (performance.now() < end);
    clock.clear(second);
    await wait(60);
    expect(calls).toBe(0);
  });
});

test('when the worker is gone, the timers set so far do not fire and new ones do', async () => {
  const clock = new WorkerClock();
  const fired: string[] = [];
  clock.setTimeout(() => fired.push('old'), 10);
  clock.close();
  clock.setTimeout(() => fired.push('new'), 10);
  await wait(60);
  expect(fired).toEqual(['new']);
});
