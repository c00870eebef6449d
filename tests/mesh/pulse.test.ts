/** A silent link: whether the device behind it answers, and whether it lives at all. */
import { beforeEach, describe, expect, test } from 'vitest';
import { pack } from '../../src/lib/mesh/framing.ts';
import { meshLimits } from '../../src/lib/mesh/limits.ts';
import { Link } from '../../src/lib/mesh/link.ts';
import { HeldChannel } from './held-channel.ts';
import { ManualClock } from './manual-clock.ts';
import { newKeys, pattern, section } from './members.ts';

let clock: ManualClock;
let channel: HeldChannel;
let link: Link;
let events: string[];

beforeEach(() => {
  clock = new ManualClock();
  channel = new HeldChannel();
  events = [];
  const { publicKey, id } = newKeys();
  link = new Link({ id, publicKey, name: '', incarnation: 1 }, channel, clock, {
    sections: () => undefined,
    changed: () => events.push(link.state),
    ended: (how, why) => events.push(`${how}: ${why}`),
  });
});

function tickFor(ms: number): void {
  for (let passed = 0; passed < ms; passed += meshLimits.tickMs) {
    clock.advance(meshLimits.tickMs);
    link.tick('on-time');
    channel.drain();
  }
}

describe('a silent link', () => {
  test('a silent one whose device answers is slow, not dead: it is told so, and waited for', async () => {
    channel.answers = 1;
    const silentFor = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += meshLimits.tickMs) {
        tickFor(meshLimits.tickMs);
        await Promise.resolve();
        if (channel.answers !== null) channel.answers++;
      }
    };
    await silentFor(meshLimits.suspectAfterMs);
    expect(link.deviceAnswers).toBe(true);
    await silentFor(2 * meshLimits.downAfterMs);
    expect(events).toEqual(['suspect']);
    // Its device falls silent, too.
    channel.answers = null;
    await silentFor(meshLimits.pulseFreshMs + meshLimits.tickMs);
    expect(link.deviceAnswers).toBe(false);
    expect(events.at(-1)).toMatch(/^failed: silent for/);
  });

  test('a late look of ours takes nothing from what its device said', async () => {
    channel.answers = 1;
    for (let i = 0; i < 8; i++) {
      tickFor(meshLimits.tickMs);
      await Promise.resolve();
      channel.answers++;
    }
    expect(link.deviceAnswers).toBe(true);
    link.tick('late');
    expect(link.deviceAnswers).toBe(true);
  });

  test('a device that answers no more than before is not heard to answer', async () => {
    channel.answers = 7;
    for (let i = 0; i < 8; i++) {
      tickFor(meshLimits.tickMs);
      await Promise.resolve();
    }
    expect(events).toEqual(['suspect']);
    expect(link.deviceAnswers).toBe(false);
  });

  test('a probe calls it dead unless its own ping is answered: what stood in line does not count', () => {
    let dead = 0;
    const probe = (): void => link.probe(() => dead++);
    tickFor(meshLimits.heartbeatMs);
    probe();
    channel.inlet.take(new Uint8Array([4, 1, 0, 0, 0]));
    channel.inlet.take(pack([section('consensus', pattern(1, 0))])[0] as Uint8Array);
    clock.advance(meshLimits.probeMs);
    expect(dead).toBe(1);
    probe();
    channel.inlet.take(new Uint8Array([4, 3, 0, 0, 0]));
    clock.advance(meshLimits.probeMs);
    expect(dead).toBe(1);
  });
});
