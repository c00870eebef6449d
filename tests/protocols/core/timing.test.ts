/** Paces, chosen and measured. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profiles, timingOf, timingProblem, tripMsMax } from '#protocols/core/timing.ts';

describe('a measured pace', () => {
  test('[Raft §5.6] leaves ten broadcasts, with a disk each, until anybody stands for election', () => {
    for (const tripMs of [40, 130, 777]) {
      expect(timingOf({ tripMs }).electionTicksMin).toBeGreaterThanOrEqual(10 * (tripMs + 20));
    }
    expect(timingOf({ tripMs: 130 }).electionTicksMin).toBe(profiles.wifi.electionTicksMin);
  });

  test('is never faster than the fast profile', () => {
    expect(timingOf({ tripMs: 1 })).toEqual(profiles.fast);
  });

  test('can always work, [R7] doubles the least to the most, and grows with the round trip', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: tripMsMax }), (tripMs) => {
        const timing = timingOf({ tripMs });
        expect(timingProblem(timing)).toBeNull();
        expect(timing.electionTicksMax).toBe(2 * timing.electionTicksMin);
        const slower = timingOf({ tripMs: tripMs + 1 });
        expect(slower.electionTicksMin).toBeGreaterThanOrEqual(timing.electionTicksMin);
      }),
    );
  });

  test('has a bound', () => {
    expect(timingOf({ tripMs: 2 * tripMsMax })).toEqual(timingOf({ tripMs: tripMsMax }));
  });
});

test('a profile is its own pace', () => {
  for (const name of ['lecture', 'wifi', 'fast'] as const) {
    expect(timingOf(name)).toBe(profiles[name]);
  }
});
