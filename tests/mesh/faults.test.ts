import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { FaultyMesh, type LinkFaults } from '../../src/lib/mesh/faults.ts';
import type { Section, SectionKind } from '../../src/lib/mesh/transport.ts';
import { Random } from '#lib/simulator/random.ts';
import { BareWire, up } from './bare-wire.ts';
import { ManualClock } from './manual-clock.ts';
import { newKeys, section } from './members.ts';

const self = newKeys().id;
const ana = newKeys().id;
const ben = newKeys().id;

interface Setting {
  readonly clock: ManualClock;
  readonly wire: BareWire;
  readonly mesh: FaultyMesh;
}

function newSetting(seed = 1): Setting {
  const clock = new ManualClock();
  const wire = new BareWire(clock, self, [ana, ben]);
  const drawn = new Random(seed, 'mesh');
  const random = (): number => drawn.next() / 2 ** 32;
  return { clock, wire, mesh: new FaultyMesh(wire, { clock, random }) };
}

let clock: ManualClock;
let wire: BareWire;
let mesh: FaultyMesh;
beforeEach(() => {
  ({ clock, wire, mesh } = newSetting());
});

const one = (number: number, kind: SectionKind = 'consensus'): Section =>
  section(kind, new Uint8Array([number]));
const all = ['room', 'consensus', 'request', 'reply', 'trace'] as const;
const numbers = (): number[] => wire.sent.map(({ number }) => number);

function sendMany(count: number, everyMs: number): void {
  for (let i = 0; i < count; i++) {
    mesh.send(ana, [one(i)]);
    clock.advance(everyMs);
  }
  clock.advance(200_000);
}

describe('without faults', () => {
  test('a send is on the wire when the call returns, as one call', () => {
    expect(
      mesh.send(
        ana,
        all.map((kind, i) => one(i, kind)),
      ),
    ).toBe('queued');
    expect(wire.calls).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('healing makes it so again, after what is in flight has landed', () => {
    mesh.setFaults(ana, { delayMs: 100 });
    mesh.send(ana, [one(1)]);
    mesh.heal();
    mesh.send(ana, [one(2)]);
    expect(numbers()).toEqual([]);
    clock.advance(100);
    expect(numbers()).toEqual([1, 2]);
    mesh.send(ana, [one(3)]);
    expect(numbers()).toEqual([1, 2, 3]);
  });
});

describe('cuts', () => {
  test('a cut of what leaves stops all but room control, towards that peer only', () => {
    mesh.setFaults(ana, { cutOut: true });
    mesh.send(
      ana,
      all.map((kind, i) => one(i, kind)),
    );
    mesh.send(ben, [one(9)]);
    expect(wire.sent.map(({ to, kind }) => [to, kind])).toEqual([
      [ana, 'room'],
      [ben, 'consensus'],
    ]);
    expect(mesh.counters(ana).dropped).toBe(4);
    expect(mesh.idle(ana)).toBe(false);
  });

  test('a cut of what leaves lets everything in, and the other way round', () => {
    const heard: SectionKind[][] = [];
    mesh.onSections((_from, sections) => heard.push(sections.map(({ kind }) => kind)));
    const sections = all.map((kind, i) => one(i, kind));
    mesh.setFaults(ana, { cutOut: true });
    wire.hear(ana, sections);
    mesh.setFaults(ana, { cutOut: false, cutIn: true });
    wire.hear(ana, sections);
    wire.hear(ana, [one(1)]);
    wire.hear(ben, [one(1)]);
    mesh.send(ana, [one(7)]);
    expect(heard).toEqual([[...all], ['room'], ['consensus']]);
    expect(numbers()).toEqual([7]);
    expect(mesh.counters(ana).dropped).toBe(5);
  });

  test('a cut loses what is under way', () => {
    mesh.setFaults(ana, { delayMs: 100 });
    mesh.send(ana, [one(1)]);
    mesh.setFaults(ana, { cutOut: true });
    clock.advance(200);
    expect(numbers()).toEqual([]);
    expect(mesh.counters(ana).dropped).toBe(1);
  });
});

describe('delay', () => {
  test('holds consensus, requests and replies back, but neither room control nor traces', () => {
    mesh.setFaults(ana, { delayMs: 250 });
    expect(
      mesh.send(
        ana,
        all.map((kind, i) => one(i, kind)),
      ),
    ).toBe('queued');
    expect(wire.sent.map(({ kind }) => kind)).toEqual(['room', 'trace']);
    clock.advance(249);
    expect(wire.sent).toHaveLength(2);
    clock.advance(1);
    expect(wire.sent.slice(2).map(({ kind, at }) => [kind, at])).toEqual([
      ['consensus', 250],
      ['request', 250],
      ['reply', 250],
    ]);
    expect(mesh.counters(ana).delayed).toBe(3);
  });

  test('that becomes shorter does not let later sections overtake earlier ones', () => {
    mesh.setFaults(ana, { delayMs: 1_000 });
    mesh.send(ana, [one(1)]);
    mesh.setFaults(ana, { delayMs: 10 });
    mesh.send(ana, [one(2)]);
    clock.advance(2_000);
    expect(wire.sent.map(({ number, at }) => [number, at])).toEqual([
      [1, 1_000],
      [2, 1_000],
    ]);
  });

  test('jitter spreads the flights and keeps their order, for every seed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(500), (seed, jitterMs) => {
        ({ clock, wire, mesh } = newSetting(seed));
        mesh.setFaults(ana, { delayMs: 20, jitterMs });
        sendMany(30, 7);
        expect(numbers()).toEqual(Array.from({ length: 30 }, (_, i) => i));
        expect(wire.sent.every(({ at, number }) => at >= number * 7 + 20 - 0.5)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('the flight of the timing profile holds for every peer and is no fault', () => {
    mesh.setFlight(600);
    mesh.send(ana, [one(1), one(2, 'room'), one(3, 'trace')]);
    mesh.send(ben, [one(4)]);
    expect(numbers()).toEqual([2, 3]);
    clock.advance(600);
    expect(numbers()).toEqual([2, 3, 1, 4]);
    mesh.heal();
    mesh.send(ana, [one(5)]);
    expect(numbers()).toHaveLength(4);
  });

  test('what flies to a page that is gone does not reach the next one', () => {
    mesh.setFlight(600);
    mesh.send(ana, [one(1)]);
    wire.tell(up(ana, 2));
    mesh.send(ana, [one(2)]);
    clock.advance(1_000);
    expect(numbers()).toEqual([2]);
    expect(clock.pending).toBe(0);
  });

  test('nothing is held for a peer without a link', () => {
    wire.tell({ ...up(ana), state: 'down' });
    mesh.setFaults(ana, { delayMs: 10 });
    expect(mesh.send(ana, [one(1)])).toBe('no-link');
  });
});

describe('loss, duplication, reordering', () => {
  test('loss takes about the share that was asked for, and counts it', () => {
    mesh.setFaults(ana, { loss: 0.3 });
    sendMany(250, 1);
    const { dropped } = mesh.counters(ana);
    expect(dropped).toBe(250 - wire.sent.length);
    expect(dropped / 250).toBeGreaterThan(0.2);
    expect(dropped / 250).toBeLessThan(0.4);
  });

  test('total loss lets room control and traces through', () => {
    mesh.setFaults(ana, { loss: 1 });
    mesh.send(
      ana,
      all.map((kind, i) => one(i, kind)),
    );
    expect(wire.sent.map(({ kind }) => kind)).toEqual(['room', 'trace']);
  });

  test('duplication sends copies, each with bytes of its own', () => {
    mesh.setFaults(ana, { duplicate: 1 });
    mesh.send(ana, [one(1), one(2)]);
    clock.advance(1_000);
    expect(numbers()).toEqual([1, 1, 2, 2]);
    expect(mesh.counters(ana).duplicated).toBe(2);
  });

  test('reordering lets later sections overtake, and loses none', () => {
    mesh.setFaults(ana, { reorder: 0.3 });
    sendMany(100, 5);
    const arrived = numbers();
    expect(arrived).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...arrived].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const { reordered } = mesh.counters(ana);
    expect(reordered).toBeGreaterThan(15);
    expect(reordered).toBeLessThan(45);
  });

  test('the same seed makes the same faults', () => {
    const faults: Partial<LinkFaults> = {
      delayMs: 30,
      jitterMs: 80,
      loss: 0.2,
      duplicate: 0.2,
      reorder: 0.2,
    };
    const run = (seed: number): unknown => {
      ({ clock, wire, mesh } = newSetting(seed));
      mesh.setFaults(ana, faults);
      sendMany(60, 9);
      return wire.sent;
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  test('numbers out of range are brought into it', () => {
    mesh.setFaults(ana, { loss: 7, delayMs: -5, jitterMs: Number.NaN });
    expect(mesh.faults(ana)).toMatchObject({ loss: 1, delayMs: 0, jitterMs: 0 });
  });
});
