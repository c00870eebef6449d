/** Histories of several clocks as one (I16): what is not known of a clock hides violations and never makes one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, Served } from '#protocols/core/client.ts';
import { checkLinearizability } from '#protocols/core/linearizability.ts';
import type { RecordedOperation } from '#lib/tab/client-history.ts';
import { bounds, driftShare, jointHistory, type Gathered } from '#lib/room/joint-history.ts';

const all = new Set<Served>(['log', 'index', 'lease', 'local']);

/** A clock that was at `offset` at true time 0, and gains `drift` of every ms. */
interface Clock {
  readonly offset: number;
  readonly drift: number;
}
const shows = ({ offset, drift }: Clock, at: number): number => offset + at * (1 + drift);

/** An operation as it truly was: it took effect at `at`, within its call and answer. */
interface True {
  readonly client: number;
  readonly called: number;
  readonly at: number;
  readonly answered: number;
  readonly value: string | null;
}

const clock = fc.record({
  offset: fc.integer({ min: 1_000_000, max: 50_000_000 }),
  // The own one may be slow and another fast.
  drift: fc.double({ min: -driftShare / 2.1, max: driftShare / 2.1, noNaN: true }),
});
const operation = fc
  .record({
    client: fc.nat(2),
    times: fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 3, maxLength: 3 }),
    value: fc.option(fc.constantFrom('a', 'b', 'c')),
  })
  .map(({ client, times, value }): True => {
    const [called = 0, at = 0, answered = 0] = times.sort((a, b) => a - b);
    return { client, called, at: at + 0.25, answered: answered + 0.5, value };
  });

/** What each client would tell at true time `toldAt[client]`, asked by client 0. */
function told(operations: readonly True[], clocks: readonly Clock[], toldAt: readonly number[]) {
  const own = clocks[0] as Clock;
  let held: string | null = null;
  const recorded = new Map<True, RecordedOperation>();
  for (const one of [...operations].sort((a, b) => a.at - b.at)) {
    const { client, value } = one;
    const by = clocks[client] as Clock;
    const command: Command =
      value === null ? { op: 'get', key: 'x' } : { op: 'put', key: 'x', value };
    held = value ?? held;
    const isAnswered = one.answered <= (toldAt[client] ?? 0);
    recorded.set(one, {
      command,
      served: 'log',
      calledAt: Math.floor(shows(by, one.called)),
      answeredAt: isAnswered ? Math.ceil(shows(by, one.answered)) : null,
      result: isAnswered ? { ok: true, value: held } : null,
    });
  }
  return clocks.map((by, client): Gathered => {
    const at = toldAt[client] ?? 0;
    const now = Math.floor(shows(by, at));
    const asked = Math.floor(shows(own, at - 3 * client));
    const sighting = { now, askedAt: asked, heardAt: Math.floor(shows(own, at + 5)) + 1 };
    const mine = [...recorded].filter(([one]) => one.client === client && one.called < at);
    return {
      client: `client ${client}`,
      sighting: client === 0 ? null : sighting,
      until: now,
      operations: mine.map(([, operation]) => operation),
    };
  });
}

test('what one order explains is never called a violation, whatever the clocks show and whenever each is asked', () => {
  const seen = { answered: 0 };
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 14 }),
      fc.array(clock, { minLength: 3, maxLength: 3 }),
      fc.array(fc.integer({ min: 0, max: 25_000 }), { minLength: 3, maxLength: 3 }),
      (operations, clocks, toldAt) => {
        const joint = jointHistory(told(operations, clocks, toldAt), all);
        seen.answered += joint.filter(({ result }) => result !== null).length;
        expect(checkLinearizability(joint)).toEqual({ verdict: 'ok' });
      },
    ),
    { numRuns: 2_000 },
  );
  expect(seen.answered).toBeGreaterThan(400);
});

describe('a read that misses a write of another tab', () => {
  const ideal: Clock = { offset: 5_000, drift: 0 };
  /** Written until 100 by client 1, read by client 0 at `readAt` as absent. */
  function verdictOf(readAt: number, judged = all) {
    const write: True = { client: 1, called: 50, at: 60, answered: 100, value: 'a' };
    const [own, other] = told([write], [ideal, { ...ideal, offset: 9_000 }], [2_000, 2_000]);
    if (!own || !other) throw new Error('two clients');
    const stale: RecordedOperation = {
      command: { op: 'get', key: 'x' },
      served: 'local',
      calledAt: 5_000 + readAt,
      answeredAt: 5_001 + readAt,
      result: { ok: true, value: null },
    };
    const histories = [{ ...own, operations: [stale] }, other];
    return checkLinearizability(jointHistory(histories, judged)).verdict;
  }

  test('long after it is a violation; so shortly after that clocks cannot tell, it is none', () => {
    expect([500, 110, 106, 100].map((at) => verdictOf(at))).toEqual([
      'violation',
      'violation',
      'ok',
      'ok',
    ]);
  });

  test('is left out when such reads are not judged', () => {
    expect(verdictOf(500, new Set<Served>(['log', 'index']))).toBe('ok');
  });
});

test('times of another clock lie between what can be known, and farther apart the longer ago', () => {
  const sighting = { now: 70_000, askedAt: 1_000, heardAt: 1_010 };
  expect(bounds(70_000, sighting)).toEqual([999, 1_010]);
  const [low, high] = bounds(70_000 - 100_000, sighting);
  expect(high - low).toBe(11 + 2 * 100_000 * driftShare);
  expect(bounds(42, null)).toEqual([42, 42]);
});

test('nothing is judged of what was called after somebody was asked', () => {
  const get = (calledAt: number): RecordedOperation => ({
    command: { op: 'get', key: 'x' },
    served: 'log',
    calledAt,
    answeredAt: calledAt + 1,
    result: { ok: true, value: 'of a write not told yet' },
  });
  const history = {
    client: 'a',
    sighting: null,
    until: 100,
    operations: [get(50), get(99), get(120)],
  };
  const early = { client: 'b', sighting: null, until: 80, operations: [] };
  const joint = jointHistory([history, early], all);
  expect(joint.map(({ calledAt, answeredAt }) => [calledAt, answeredAt])).toEqual([[50, 51]]);
});
