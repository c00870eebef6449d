/** What a device tells of its links before an epoch begins. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { LinkStatus } from '#lib/mesh/transport.ts';
import { DeviceTalk, deviceMs, type DeviceFacts, type DeviceReport } from '#lib/room/device.ts';
import { ManualClock } from '../mesh/manual-clock.ts';
import { newKeys } from '../mesh/members.ts';

const facts: DeviceFacts = { webRtc: true, candidates: ['host'], secure: true, persisted: true };
const ben = newKeys().id;

let clock: ManualClock;
let said: DeviceReport[];
let trip: number;
let over: boolean;

function talk(asked: () => void = () => undefined): DeviceTalk {
  const link = () => ({ peer: ben, state: 'up', path: 'direct', roundTripMs: trip }) as LinkStatus;
  const found = (): Promise<DeviceFacts> => {
    asked();
    return Promise.resolve(facts);
  };
  return new DeviceTalk({
    mesh: { links: () => [link()] },
    clock,
    pace: () => ({ lagMs: 7 }),
    facts: found,
    tell: (report) => said.push(report),
    over: () => over,
  });
}

beforeEach(() => {
  clock = new ManualClock();
  said = [];
  trip = 0.4;
  over = false;
});

describe('a device', () => {
  test('tells its round trips, the last and the slowest lately, and what it can do once it knows', async () => {
    talk().begin();
    await Promise.resolve();
    trip = 80.2;
    clock.advance(deviceMs(2));
    trip = 12;
    clock.advance(deviceMs(2));
    expect(said.map(({ links }) => links)).toEqual([
      [{ peer: ben, path: 'direct', tripMs: 1, worstMs: 1 }],
      [{ peer: ben, path: 'direct', tripMs: 80, worstMs: 80 }],
      [{ peer: ben, path: 'direct', tripMs: 12, worstMs: 80 }],
    ]);
    expect(said.map((report) => report.facts)).toEqual([null, facts, facts]);
    expect(said[0]?.lagMs).toBe(7);
  });

  /** One report for each, measured in turn. */
  const measure = (...trips: readonly number[]): number | undefined => {
    for (const [i, next] of trips.entries()) {
      trip = next;
      if (i === 0) talk().begin();
      else clock.advance(deviceMs(2));
    }
    return said.at(-1)?.links[0]?.worstMs;
  };

  test('lets one round trip stand out, and forgets the others after a while', () => {
    expect(measure(500, 10, 12, 11)).toBe(12);
    expect(measure(500, 10, 490, 11)).toBe(490);
    expect(measure(500, 490, 10, 11, 12, 13, 14, 15, 16, 17)).toBe(16);
  });

  test('takes a round trip that was not measured anew for one', () => {
    expect(measure(500, 500, 500, 10, 12, 11)).toBe(12);
  });

  test('is quiet once an epoch runs, and finds nothing out for one that runs already', () => {
    let asked = 0;
    talk(() => asked++).begin();
    over = true;
    clock.advance(60_000);
    expect(said).toHaveLength(1);
    talk(() => asked++).begin();
    expect([said.length, asked]).toEqual([1, 1]);
  });

  test('speaks less often among many', () => {
    expect(deviceMs(31)).toBeGreaterThan(deviceMs(8));
  });
});
