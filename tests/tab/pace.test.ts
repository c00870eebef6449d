/** How late a tab runs, by its own measure. */
import { beforeEach, describe, expect, test } from 'vitest';
import { PaceMeter } from '#lib/tab/pace.ts';
import { ManualClock } from '../mesh/manual-clock.ts';

describe('the pace of a tab', () => {
  let worker: ManualClock;
  let page: ManualClock;
  let meter: PaceMeter;
  let slept: number[];

  beforeEach(() => {
    worker = new ManualClock();
    page = new ManualClock();
    slept = [];
    meter = new PaceMeter({ worker, page }, (ms) => slept.push(ms));
  });

  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 50) {
      worker.advance(50);
      page.advance(50);
    }
  };

  test('that runs on time is no lag at all', () => {
    pass(5_000);
    expect(meter.pace).toEqual({ lagMs: 0, pageLagMs: 0 });
  });

  test('whose page alone is slowed, as a hidden one is, has a page lag and no other', () => {
    for (let second = 0; second < 4; second++) {
      worker.advance(1_000);
      page.advance(250);
    }
    expect(meter.pace.lagMs).toBe(0);
    expect(meter.pace.pageLagMs).toBeGreaterThanOrEqual(750);
  });

  test('that was held up once says so for three seconds', () => {
    pass(1_000);
    worker.oversleep(1_000);
    expect(meter.pace.lagMs).toBe(750);
    pass(2_900);
    expect(meter.pace.lagMs).toBe(750);
    pass(300);
    expect(meter.pace.lagMs).toBe(0);
    expect(slept).toEqual([]);
  });

  test('that is held up says so before it goes on', () => {
    worker.advance(0);
    Object.assign(worker, { now: () => 1_000 + 900 });
    expect(meter.pace.lagMs).toBe(650);
  });

  test('that did not run at all for seconds was asleep: that is told once, and is no lag', () => {
    pass(1_000);
    worker.oversleep(60_000);
    expect(slept).toEqual([59_750]);
    pass(1_000);
    expect(slept).toEqual([59_750]);
    expect(meter.pace.lagMs).toBe(0);
  });

  test('that is over rings no more', () => {
    meter.close();
    expect(worker.pending + page.pending).toBe(0);
  });
});
