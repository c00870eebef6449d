/** Messages per decision, measured from what replicas really send, beside theory (message-counts.md, part D). */
import { describe, expect, test } from 'vitest';
import { comparedSentence, measuredSentence } from '#lib/components/counts-words.ts';
import { sumOf, Tally } from '#lib/host/tally.ts';
import { raftLexicon } from '#lib/view/raft/lexicon.ts';
import { decisionsMin, Meter } from '#lib/view/meter.ts';
import { profiles } from '#protocols/core/timing.ts';
import { counts } from '#protocols/raft/counting.ts';
import { messagesPer } from '#protocols/raft/counts.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { r, request } from '../protocols/fixtures/ids.ts';
import { RaftWorld } from '../protocols/fixtures/raft-world.ts';

const leader = r(0);
/** Heartbeats fall into the run, elections do not. */
const timing = { ...profiles.fast, electionTicksMin: 2e9, electionTicksMax: 4e9 };

/** A room of `n` whose replicas count what they send, and a screen that measures. */
class Room {
  readonly meter = new Meter(counts as never, 0);
  readonly world: RaftWorld;
  readonly #tallies = new Map<string, Tally<RaftMessage>>();
  readonly #n: number;
  #seq = 0;

  constructor(n: number) {
    this.#n = n;
    this.world = new RaftWorld({
      nodes: n,
      seed: n,
      timing,
      trace: (event) => this.#tallyOf(event.replica).add(event),
    });
    this.world.run(1);
    this.world.endTimer(leader, 'election');
    this.world.run(100);
  }

  /** `count` commands, with `pause` ticks after each. */
  send(count: number, pause: number, batch = 1): void {
    for (let i = 0; i < count; i++) {
      const requests = Array.from({ length: batch }, () => request(++this.#seq));
      this.world.deliver(leader, requests);
      this.world.run(pause);
    }
    this.world.run(200);
  }

  look() {
    const decided = Math.max(...this.world.states().map(({ commitIndex }) => commitIndex));
    const totals = sumOf([...this.#tallies.values()].map((tally) => tally.totals));
    this.meter.take(this.world.now, decided, totals);
    return this.meter.view(this.#n);
  }

  #tallyOf(replica: string): Tally<RaftMessage> {
    const tally = this.#tallies.get(replica) ?? new Tally(counts);
    this.#tallies.set(replica, tally);
    return tally;
  }
}

const kindsOf = ({ kinds }: ReturnType<Room['look']>) => kinds.map(({ count }) => count);
const apartOf = ({ apart }: ReturnType<Room['look']>, title: string) =>
  apart.find((kind) => kind.title.startsWith(title))?.count;

describe('theory', () => {
  test.each([1, 3, 4, 5, 7, 16, 31])('n = %i: the formulas are those of messagesPer', (n) => {
    const sums = counts.formulas.map(({ perDecision }) =>
      Object.values(perDecision(n)).reduce((sum, count) => sum + count, 0),
    );
    const total = (occasion: 'lone command' | 'streamed command') =>
      Object.values(messagesPer(occasion, n)).reduce((sum, count) => sum + count, 0);
    expect(sums).toEqual([total('lone command'), total('streamed command')]);
    expect(sums).toEqual([4 * (n - 1), 2 * (n - 1)]);
  });
});

describe.each([3, 4, 5, 7])('%i replicas', (n) => {
  test('[R20] commands by themselves: measured by kind is theory, whatever heartbeats fall between', () => {
    const room = new Room(n);
    room.send(40, 70);
    const view = room.look();
    // The leader's no-op is an entry like others.
    expect(view.decisions).toBe(41);
    expect(kindsOf(view)).toEqual(Array(4).fill(41 * (n - 1)));
    expect(view.all).toBe(41 * 4 * (n - 1));
    expect(apartOf(view, 'heartbeats')).toBeGreaterThan(40 * (n - 1));
    expect(apartOf(view, 'sent again')).toBe(0);
    expect(apartOf(view, 'elections')).toBe(4 * (n - 1));
    expect(measuredSentence(view, raftLexicon)).toContain(`${4 * (n - 1)}.0 messages`);
    expect(comparedSentence(view, raftLexicon)).toContain(
      `Just what theory says of an entry by itself: 4(n\u00a0−\u00a01)\u00a0=\u00a0${4 * (n - 1)}.`,
    );
  });

  test('a measurement begins anew where the room was quiet, and spans a hundred entries at least', () => {
    const room = new Room(n);
    room.send(20, 30);
    room.look();
    room.world.run(11_000);
    room.look();
    room.send(decisionsMin, 2);
    room.world.run(11_000);
    const view = room.look();
    expect(view.decisions).toBe(decisionsMin);
    // The last of the stream has no next to tell of it.
    expect(view.all).toBe(decisionsMin * 2 * (n - 1) + 2 * (n - 1));
  });

  test('entries that share a round share its cost', () => {
    const room = new Room(n);
    room.look();
    room.send(10, 50, 64);
    const view = room.look();
    expect(view.decisions).toBe(641);
    expect(view.all).toBe(11 * 4 * (n - 1));
    expect(comparedSentence(view, raftLexicon)).toContain('58.3 entries on average shared a round');
  });

  test('a follower that is down takes exactly its answers away', () => {
    const room = new Room(n);
    room.world.crash(r(n - 1));
    const before = room.look().all;
    room.send(8, 60);
    expect(room.look().all - before).toBe(8 * 2 * (n - 1 + n - 2));
  });
});

test('in a room that is never quiet it spans the last seconds, and is blurred by little', () => {
  const room = new Room(3);
  room.look();
  for (let i = 0; i < 80; i++) {
    room.send(100, 5);
    room.look();
  }
  const view = room.look();
  expect(view.decisions).toBeLessThan(4_000);
  expect(view.decisions).toBeGreaterThan(1_000);
  // Each hundred is a stream whose last has no next to tell of it.
  expect(Math.abs(view.all / view.decisions - 4.04)).toBeLessThan(0.04);
});

test('[R21] what is sent again is counted apart, with its answers', () => {
  const room = new Room(3);
  room.send(5, 50);
  room.world.cut([leader], [r(1)]);
  room.send(5, 50);
  room.world.mend();
  room.world.run(500);
  const view = room.look();
  expect(apartOf(view, 'sent again')).toBeGreaterThan(0);
  const [appends] = kindsOf(view);
  expect(appends).toBe(11 * 2);
});
