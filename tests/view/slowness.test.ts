/** When a seat is called slow and not dead, and when nothing is claimed. */
import { describe, expect, test } from 'vitest';
import type { LinkStatus } from '#lib/mesh/transport.ts';
import type { TabPace } from '#lib/room/messages.ts';
import { lateMsMin, paceNews, slownessOf } from '#lib/view/slowness.ts';

const onTime: TabPace = {
  lagMs: 4,
  pageLagMs: 6,
  presence: 'visible',
  sleeps: 0,
  sleptMs: 0,
};
const link = (deviceAnswers: boolean) => ({ deviceAnswers }) as LinkStatus;
const heard = { pace: onTime, stale: false, heardAgoMs: 300, link: link(false) };

describe('a seat', () => {
  test('that is heard and on time is not slow', () => {
    expect(slownessOf(heard)).toBeNull();
  });

  test('that says of itself that messages reach it late is slow', () => {
    const pace = { ...onTime, lagMs: lateMsMin };
    expect(slownessOf({ ...heard, pace })).toEqual({ why: 'late', ms: lateMsMin });
  });

  test('whose page alone is slowed is not: its replica keeps time in a worker', () => {
    expect(slownessOf({ ...heard, pace: { ...onTime, pageLagMs: 60_000 } })).toBeNull();
  });

  test('that is silent is slow only where its device is heard to answer', () => {
    const silent = { ...heard, stale: true, heardAgoMs: 5_000 };
    expect(slownessOf(silent)).toBeNull();
    expect(slownessOf({ ...silent, link: null })).toBeNull();
    expect(slownessOf({ ...silent, link: link(true) })).toEqual({ why: 'silent', ms: 5_000 });
  });

  test('that is silent is not called late by what it said before', () => {
    const pace = { ...onTime, lagMs: 5_000 };
    expect(slownessOf({ ...heard, pace, stale: true, heardAgoMs: 9_000 })).toBeNull();
  });

  test('whose browser said that it stops it is asleep, heard or not', () => {
    const pace = { ...onTime, presence: 'frozen' } as const;
    expect(slownessOf({ ...heard, pace })).toEqual({ why: 'asleep', ms: 300 });
    expect(slownessOf({ ...heard, pace, stale: true, heardAgoMs: 40_000 })).toEqual({
      why: 'asleep',
      ms: 40_000,
    });
  });
});

describe('the event list', () => {
  const news = (before: TabPace | null, after: TabPace | null) => paceNews('Ben', before, after);

  test('tells how long a tab stood still, once', () => {
    const slept = { ...onTime, sleeps: 1, sleptMs: 8_260 };
    expect(news(onTime, slept)).toBe(
      "Ben's tab stood still for 8.3 s and goes on: it was slow, not dead",
    );
    expect(news(slept, slept)).toBeNull();
  });

  test('does not tell of sleeps before it listened, nor of a page loaded anew', () => {
    const slept = { ...onTime, sleeps: 2, sleptMs: 8_260 };
    expect(news(null, slept)).toBeNull();
    expect(news(slept, onTime)).toBeNull();
  });

  test('tells that a browser stops a tab when it says so', () => {
    expect(news(onTime, { ...onTime, presence: 'frozen' })).toContain('slow, not dead');
  });

  test('tells of a lag when it begins, and is quiet about a hidden page', () => {
    const late = { ...onTime, lagMs: 1_240 };
    expect(news(onTime, late)).toBe("Ben's tab is slow: messages reach it 1.2 s late");
    expect(news(late, { ...late, lagMs: 1_900 })).toBeNull();
    expect(news(onTime, { ...onTime, presence: 'hidden', pageLagMs: 1_000 })).toBeNull();
  });
});
