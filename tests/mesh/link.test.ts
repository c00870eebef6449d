import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { bye } from '../../src/lib/mesh/control.ts';
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
    sections: (sections) => events.push(`sections ${sections.length}`),
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

const kindsSent = (): unknown[] => channel.sent.map((frame) => frame[1]);

describe('sending', () => {
  test('a send with nothing queued is on the wire when the call returns', () => {
    link.send([section('consensus', pattern(10, 0))]);
    expect(channel.sent).toHaveLength(1);
  });

  test('a second trace waits until the channel is empty, and is let go then', () => {
    link.send([section('trace', pattern(10, 0))]);
    expect(link.send([section('trace', pattern(10, 1))])).toBe('backpressure');
    expect(channel.sent).toHaveLength(1);
    expect(channel.threshold).toBe(0);
    link.send([section('consensus', pattern(10, 2))]);
    link.send([section('room', pattern(10, 3))]);
    channel.drain();
    expect(kindsSent()).toEqual([4, 1, 0, 4]);
  });

  test('room goes before consensus and consensus before traces, whatever the order of sending', () => {
    for (let i = 0; i < 20; i++) link.send([section('consensus', pattern(16_000, 0))]);
    const direct = channel.sent.length;
    link.send([section('trace', pattern(10, 1)), section('request', pattern(10, 0))]);
    link.send([section('room', pattern(10, 0))]);
    while (channel.bufferedAmount > 0) channel.drain();
    const waited = kindsSent().slice(direct);
    expect(waited[0]).toBe(0);
    expect(waited.at(-1)).toBe(4);
    expect(waited.at(-2)).toBe(2);
  });

  test('a trace that has to wait does not hold back the sender of consensus', () => {
    link.send([section('consensus', pattern(10, 0))]);
    const both = [section('consensus', pattern(10, 0)), section('trace', pattern(10, 0))];
    expect(link.send(both)).toBe('queued');
  });

  test('a flood of traces is bounded here and counted', () => {
    for (let i = 0; i < 40; i++) link.send([section('trace', pattern(16_000, i))]);
    expect(link.droppedFrames).toBeGreaterThan(0);
    expect(link.bufferedBytes).toBeLessThan(meshLimits.traceQueueBytesMax + 32_768);
  });
});

describe('heartbeats', () => {
  test('a side with nothing to say still says so every second', () => {
    tickFor(5_000);
    expect(channel.sent.filter((frame) => frame[0] === 3).length).toBeGreaterThanOrEqual(4);
  });

  test('silence makes it suspect, and any frame makes it up again', () => {
    tickFor(meshLimits.suspectAfterMs - meshLimits.tickMs);
    expect(events).toEqual([]);
    tickFor(meshLimits.tickMs);
    expect(events).toEqual(['suspect']);
    expect(link.send([section('consensus', pattern(1, 0))])).toBe('queued');
    channel.inlet.take(pack([section('consensus', pattern(1, 0))])[0] as Uint8Array);
    expect(events).toEqual(['suspect', 'up', 'sections 1']);
  });

  test('long silence ends it', () => {
    tickFor(meshLimits.downAfterMs);
    expect(events.at(-1)).toBe('failed: silent for 20 s');
    expect(channel.closed).toBe(true);
    expect(link.send([section('consensus', pattern(1, 0))])).toBe('no-link');
  });

  test('a page that slept itself does not blame the others', () => {
    clock.oversleep(60_000);
    link.tick('late');
    expect(events).toEqual([]);
    tickFor(meshLimits.suspectAfterMs);
    expect(events).toEqual(['suspect']);
  });

  test('the round trip is measured by the answer to its own ping', () => {
    tickFor(1_000);
    clock.advance(30);
    channel.inlet.take(new Uint8Array([4, 99, 0, 0, 0]));
    expect(link.roundTripMs).toBe(null);
    channel.inlet.take(new Uint8Array([4, 1, 0, 0, 0]));
    expect(link.roundTripMs).toBe(30);
  });

  test('a side that is asked every second does not ask, but for the round trip', () => {
    for (let second = 0; second < 8; second++) {
      tickFor(meshLimits.heartbeatMs - meshLimits.tickMs);
      clock.advance(meshLimits.tickMs);
      channel.inlet.take(new Uint8Array([3, second, 0, 0, 0]));
      link.tick('on-time');
      const asked = channel.sent.findLast((frame) => frame[0] === 3);
      if (asked) channel.inlet.take(new Uint8Array([4, ...asked.subarray(1)]));
    }
    expect(channel.sent.filter((frame) => frame[0] === 4)).toHaveLength(8);
    expect(channel.sent.filter((frame) => frame[0] === 3)).toHaveLength(2);
  });

  test('a link that has just come up says nothing of its own for a second', () => {
    tickFor(meshLimits.heartbeatMs - meshLimits.tickMs);
    expect(channel.sent).toEqual([]);
  });

  test('a ping is answered at once', () => {
    channel.inlet.take(new Uint8Array([3, 7, 0, 0, 0]));
    expect(channel.sent).toEqual([new Uint8Array([4, 7, 0, 0, 0])]);
  });

  test('a ping is not added to a channel that is full', () => {
    channel.bufferedAmount = meshLimits.channelBytesMax;
    channel.inlet.take(new Uint8Array([3, 7, 0, 0, 0]));
    expect(channel.sent).toEqual([]);
  });
});

describe('what comes in', () => {
  test('after goodbye nothing more is heard', () => {
    channel.inlet.take(bye('closed'));
    channel.inlet.take(pack([section('consensus', pattern(1, 0))])[0] as Uint8Array);
    expect(events).toEqual(['said-bye: closed']);
  });

  test('frames of any content are taken or counted, and never throw', () => {
    const anyFrame = fc
      .tuple(
        fc.integer({ min: 0, max: 12 }).filter((type) => type !== 5),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([type, rest]) => new Uint8Array([type, ...rest]));
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const before = link.receivedFrames;
        channel.inlet.take(frame);
        expect(link.receivedFrames).toBe(before + 1);
        channel.bufferedAmount = 0;
      }),
      { numRuns: 500 },
    );
    expect(link.badFrames).toBeGreaterThan(100);
    expect(link.state).toBe('up');
  });

  test('a frame larger than any may be is counted and makes nothing', () => {
    // Well-formed but for its size: kind 1, length 0x4000.
    const frame = new Uint8Array(4 + 0x4000);
    frame.set([1, 1, 0x00, 0x40]);
    channel.inlet.take(frame);
    expect([link.badFrames, events]).toEqual([1, []]);
  });
});

describe('a link that moves to a better channel', () => {
  const moved = new Uint8Array([9]);
  const frameOf = (text: string) => pack([section('consensus', new TextEncoder().encode(text))])[0];
  const arrive = (on: HeldChannel, frame: Uint8Array | undefined) =>
    on.inlet.take(frame ?? new Uint8Array());

  test('says so last on the old one, and holds what comes on the new one until the other end has said so', () => {
    const next = new HeldChannel();
    link.moveTo(next);
    expect(channel.sent.at(-1)).toEqual(moved);
    events = [];
    arrive(next, frameOf('second'));
    expect(events).toEqual([]);
    arrive(channel, frameOf('first'));
    expect(events).toEqual(['sections 1']);
    arrive(channel, moved);
    expect(events).toEqual(['sections 1', 'sections 1']);
    expect(channel.closed).toBe(true);
  });

  test('holds nothing when the other end has moved before it', () => {
    const next = new HeldChannel();
    arrive(channel, moved);
    expect(channel.closed).toBe(false);
    link.moveTo(next);
    expect(channel.closed).toBe(true);
    events = [];
    arrive(next, frameOf('first'));
    expect(events).toEqual(['sections 1']);
  });

  test('waits no longer than so long for the last frame of the old one', () => {
    const next = new HeldChannel();
    link.moveTo(next);
    events = [];
    arrive(next, frameOf('held'));
    clock.advance(meshLimits.moveTimeoutMs);
    expect(events).toEqual(['sections 1']);
  });
});
