/** What every implementation of the links promises. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChannelSource } from '../../src/lib/mesh/channel.ts';
import { meshLimits } from '../../src/lib/mesh/limits.ts';
import type { MeshOptions } from '../../src/lib/mesh/mesh.ts';
import {
  newKeysInOrder,
  pattern,
  section,
  TestMember,
  until,
  untilLinked,
  type Keys,
} from './members.ts';

/** Where members meet in a test. */
export interface World {
  source(keys: Keys): ChannelSource;
  /** Breaks all channels at once, as a network would. */
  sever(): void;
}

const frame = meshLimits.frameBytesMax;
const sizes = [
  0,
  1,
  frame - 5,
  frame - 4,
  frame - 3,
  frame,
  frame + 1,
  2 * frame,
  262_144,
  1_048_576,
];

/** For megabytes to arrive, in ms. */
const bulkMs = 25_000;

export function meshContract(name: string, newWorld: () => World): void {
  describe(name, () => {
    let world: World;
    let members: TestMember[];

    function join(keys: Keys, options: Partial<MeshOptions> = {}): TestMember {
      const member = new TestMember(keys, world.source(keys), options);
      for (const other of members) {
        member.mesh.announce(other.id);
        other.mesh.announce(member.id);
      }
      members.push(member);
      return member;
    }

    async function pair(): Promise<[TestMember, TestMember]> {
      const [a, b] = newKeysInOrder(2).map((keys) => join(keys)) as [TestMember, TestMember];
      await untilLinked(a, b);
      return [a, b];
    }

    beforeEach(() => {
      world = newWorld();
      members = [];
    });
    afterEach(() => {
      for (const { mesh } of members) mesh.leave('the test is over');
    });

    test('every member is linked to every other, and each knows who the others are', async () => {
      const three = newKeysInOrder(3).map((keys, i) =>
        join(keys, { name: `member ${i}`, incarnation: 10 + i }),
      );
      await untilLinked(...three);
      const [a, , c] = three as [TestMember, TestMember, TestMember];
      expect(a.mesh.member(c.id)).toMatchObject({ id: c.id, name: 'member 2', incarnation: 12 });
      expect(a.mesh.member(c.id)?.publicKey).toEqual(c.keys.publicKey);
      await until('the round trip is measured', () => a.link(c)?.roundTripMs !== null);
    });

    test('sections of any size arrive whole, byte for byte and in order', async () => {
      const [a, b] = await pair();
      sizes.forEach((size, i) => a.mesh.send(b.id, [section('consensus', pattern(size, i))]));
      await until('all have arrived', () => b.received.length === sizes.length);
      b.received.forEach(({ from, section: { kind, bytes } }, i) => {
        expect([from, kind, bytes.byteLength]).toEqual([a.id, 'consensus', sizes[i]]);
        expect(sameBytes(bytes, pattern(sizes[i] as number, i))).toBe(true);
      });
      expect(b.link(a)?.badFrames).toBe(0);
    });

    test('what one call sends travels in one frame when it fits', async () => {
      const [a, b] = await pair();
      const before = a.link(b)?.sentFrames ?? 0;
      const kinds = ['consensus', 'request', 'reply', 'consensus'] as const;
      expect(
        a.mesh.send(
          b.id,
          kinds.map((kind, i) => section(kind, pattern(100, i))),
        ),
      ).toBe('queued');
      // The next line runs before any timer or promise could.
      expect(a.link(b)?.sentFrames).toBe(before + 1);
      await until('all have arrived', () => b.received.length === kinds.length);
      expect(b.received.map(({ section: { kind } }) => kind)).toEqual(kinds);
    });

    test('consensus overtakes a flood of traces', async () => {
      const [a, b] = await pair();
      // The first ping may still be in the channel.
      await until('the link is idle', () => a.mesh.idle(b.id));
      for (let i = 0; i < 14; i++) a.mesh.send(b.id, [section('trace', pattern(16_000, i))]);
      expect(a.mesh.idle(b.id)).toBe(false);
      a.mesh.send(b.id, [section('consensus', pattern(100, 0))]);
      await until('all have arrived', () => b.received.length === 15);
      const place = b.received.findIndex(({ section: { kind } }) => kind === 'consensus');
      // One trace was in the channel already.
      expect(place).toBeLessThanOrEqual(1);
    });

    test('room control overtakes what waits of consensus', async () => {
      const [a, b] = await pair();
      a.mesh.send(b.id, [section('consensus', pattern(3_000_000, 0))]);
      a.mesh.send(b.id, [section('room', pattern(10, 0))]);
      await until('both have arrived', () => b.received.length === 2);
      expect(b.received[0]?.section.kind).toBe('room');
    });

    test('a sender that is too fast is told so, and nothing of it is lost', async () => {
      const [a, b] = await pair();
      const outcomes = Array.from({ length: 100 }, (_, i) =>
        a.mesh.send(b.id, [section('consensus', pattern(16_000, i))]),
      );
      expect(outcomes[0]).toBe('queued');
      expect(outcomes.at(-1)).toBe('backpressure');
      expect(a.link(b)?.bufferedBytes).toBeGreaterThan(meshLimits.highWaterBytes);
      await until('all have arrived', () => b.received.length === outcomes.length);
      expect(b.received.every(({ section: { bytes } }, i) => bytes[0] === pattern(1, i)[0])).toBe(
        true,
      );
      expect(a.link(b)).toMatchObject({ droppedFrames: 0 });
      expect(a.mesh.send(b.id, [section('consensus', pattern(1, 0))])).toBe('queued');
    });

    test('a queue that is full drops whole sends and counts them', async () => {
      const [a, b] = await pair();
      for (let i = 0; i < 12; i++) a.mesh.send(b.id, [section('consensus', pattern(1_000_000, i))]);
      expect(a.link(b)?.droppedFrames).toBeGreaterThan(0);
      const dropped = a.link(b)?.droppedFrames ?? 0;
      const arrives = 12 - Math.round(dropped / 62);
      // Eight megabytes at once: half a second, but once more than ten on a busy machine.
      await until(`${arrives} of 12 have arrived`, () => b.received.length === arrives, bulkMs);
      expect(b.received.every(({ section: { bytes } }) => bytes.byteLength === 1_000_000)).toBe(
        true,
      );
      expect(b.link(a)?.badFrames).toBe(0);
    });

    test('a section larger than any may be is refused', async () => {
      const [a, b] = await pair();
      const tooLarge = new Uint8Array(meshLimits.sectionBytesMax + 1);
      expect(a.mesh.send(b.id, [section('consensus', tooLarge)])).toBe('no-link');
      expect(a.link(b)?.droppedFrames).toBe(1);
    });

    test('nothing can be sent to somebody who is not there', async () => {
      const [a] = await pair();
      const stranger = newKeysInOrder(1)[0] as Keys;
      expect(a.mesh.send(stranger.id, [section('consensus', pattern(1, 0))])).toBe('no-link');
      expect(a.mesh.idle(stranger.id)).toBe(false);
    });

    test('who leaves is known to be gone within 100 ms, with its reason', async () => {
      const [a, b] = await pair();
      const start = performance.now();
      b.mesh.leave('the tab was closed');
      await until('the other knows', () => a.link(b)?.state === 'down');
      expect(performance.now() - start).toBeLessThan(100);
      expect(a.link(b)?.why).toContain('the tab was closed');
      expect(a.mesh.send(b.id, [section('consensus', pattern(1, 0))])).toBe('no-link');
    });

    test('a link that fails is made again by itself', async () => {
      const [a, b] = await pair();
      world.sever();
      await until('both have noticed', () =>
        [a, b].every((m) => m.statuses.at(-1)?.state !== 'up'),
      );
      await untilLinked(a, b);
      a.mesh.send(b.id, [section('consensus', pattern(10, 1))]);
      b.mesh.send(a.id, [section('consensus', pattern(10, 2))]);
      await until('both hear again', () => a.received.length + b.received.length === 2);
    });

    test('a newer page of a member takes the place of the old one at once', async () => {
      const [first, second] = newKeysInOrder(2) as [Keys, Keys];
      for (const [stays, reloads] of [
        [first, second],
        [second, first],
      ] as const) {
        const a = join(stays);
        const old = join(reloads, { incarnation: 1 });
        await untilLinked(a, old);
        members = [a];
        const next = join(reloads, { incarnation: 2 });
        await until('the new page is linked', () => a.link(next)?.incarnation === 2);
        await untilLinked(a, next);
        const before = a.received.length;
        old.mesh.send(a.id, [section('consensus', pattern(10, 1))]);
        next.mesh.send(a.id, [section('consensus', pattern(10, 2))]);
        await until('the new page is heard', () => a.received.length > before);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(a.received.slice(before).map(({ section: s }) => s.bytes[0])).toEqual([2]);
        for (const { mesh } of [old, next, a]) mesh.leave('done');
        members = [];
      }
    });

    test('who is not admitted is told why and not let in', async () => {
      const [first, second] = newKeysInOrder(2) as [Keys, Keys];
      const a = join(first, {
        admits: ({ id }) => (id === first.id ? true : 'the door is locked'),
      });
      const b = join(second);
      await until('both know', () => [a.link(b), b.link(a)].every((l) => l?.state === 'down'));
      expect(a.link(b)?.why).toBe('the door is locked');
      expect(b.link(a)?.why).toContain('the door is locked');
      expect([...a.statuses, ...b.statuses].some(({ state }) => state === 'up')).toBe(false);
    });
  });
}

/** Comparing a megabyte element by element would take longer than sending it. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
