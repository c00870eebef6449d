/** Messages per decision between distinct replicas, exactly (message-counts.md, part D). */
import { describe, expect, test } from 'vitest';
import type { ReadMode } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { messagesPer } from '#protocols/raft/counts.ts';
import { countByKind, inTotal, type Counts } from '../fixtures/counts.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { limits } from '#protocols/core/limits.ts';
import { profiles } from '#protocols/core/timing.ts';
import { c, r, request } from '../fixtures/ids.ts';
import { delays, RaftWorld, still, writes, type RaftEvent } from '../fixtures/raft-world.ts';

const sizes = [3, 4, 5, 7];
const leader = r(0);

class Counted {
  readonly sent: { readonly to: ReplicaId; readonly message: RaftMessage }[] = [];
  readonly world: RaftWorld;
  replies = 0;
  #seq = 0;

  constructor(nodes: number, timing = still) {
    const trace = this.#count.bind(this);
    const quick = { ...delays(2, 0), ...writes(0, 0) };
    this.world = new RaftWorld({ nodes, seed: nodes, ...quick, timing, trace });
    this.world.run(1);
  }

  elect(): this {
    this.world.endTimer(leader, 'election');
    this.world.run(100);
    return this;
  }

  request(): void {
    this.world.deliver(leader, [request(++this.#seq)]);
  }

  read(read: ReadMode, count: number, at = leader): void {
    const query = { client: c(0), key: 'x', read, minIndex: 0 };
    const requests = Array.from({ length: count }, () => ({ ...query, query: ++this.#seq }));
    this.world.deliver(at, requests);
  }

  #count({ replica, effects }: RaftEvent): void {
    for (const effect of effects) {
      if (effect.type === 'reply') this.replies++;
      if (effect.type !== 'send') continue;
      const { to, message } = effect;
      for (const other of to) if (other !== replica) this.sent.push({ to: other, message });
    }
  }

  count(type?: RaftMessage['type']): number {
    if (type === undefined) return this.sent.length;
    return this.sent.filter(({ message }) => message.type === type).length;
  }
}

describe.each(sizes)('%i replicas', (n) => {
  test('an election costs 2(n-1), the question before it as much, and its no-op what a command costs', () => {
    const counted = new Counted(n).elect();
    const asked = counted.sent.filter(({ message }) => 'preVote' in message && message.preVote);
    expect(asked).toHaveLength(2 * (n - 1));
    expect(counted.count('RequestVote') + counted.count('RequestVoteResponse')).toBe(4 * (n - 1));
    expect(counted.count()).toBe(4 * (n - 1) + 4 * (n - 1));
  });

  test('[R20] an isolated command costs 4(n-1)', () => {
    const counted = new Counted(n).elect();
    counted.sent.length = 0;
    const commands = 200;
    for (let i = 1; i <= commands; i++) {
      counted.request();
      counted.world.run(50);
      expect(counted.replies).toBe(i);
      expect(counted.count()).toBe(i * 4 * (n - 1));
    }
    expect(counted.count('AppendEntries')).toBe(commands * 2 * (n - 1));
    expect(counted.count('AppendEntriesResponse')).toBe(commands * 2 * (n - 1));
    const states = counted.world.states();
    expect(states.every(({ commitIndex }) => commitIndex === commands + 1)).toBe(true);
  });

  test('[R20] one of a stream costs 2(n-1), and the end of the stream 2(n-1) more', () => {
    const counted = new Counted(n).elect();
    counted.sent.length = 0;
    const commands = 1_000;
    for (let i = 0; i < commands; i++) {
      counted.request();
      counted.world.run(1);
    }
    counted.world.run(50);
    expect(counted.replies).toBe(commands);
    expect(counted.count()).toBe((commands + 1) * 2 * (n - 1));
  });

  test('handing over costs 1 + 2(n-1), and the no-op of the new leader', () => {
    const counted = new Counted(n).elect();
    counted.sent.length = 0;
    counted.world.transfer(leader, r(1));
    counted.world.run(50);
    expect(counted.world.state(r(1)).role.name).toBe('leader');
    expect(counted.count('TimeoutNow')).toBe(1);
    expect(counted.count('RequestVote') + counted.count('RequestVoteResponse')).toBe(2 * (n - 1));
    expect(counted.count()).toBe(1 + 2 * (n - 1) + 4 * (n - 1));
  });

  test('[R36] reads cost 2(n-1) a round, which those of one turn share; [R39] under a lease nothing', () => {
    const counted = new Counted(n).elect();
    counted.sent.length = 0;
    counted.read('index', 7);
    counted.world.run(50);
    expect(counted.replies).toBe(7);
    expect(counted.count()).toBe(2 * (n - 1));
    counted.read('lease', 1);
    counted.world.run(50);
    expect(counted.count()).toBe(2 * 2 * (n - 1));
    counted.read('lease', 5);
    counted.read('local', 5);
    counted.world.run(50);
    expect(counted.replies).toBe(18);
    expect(counted.count()).toBe(2 * 2 * (n - 1));
  });

  test('[R38] a read at a follower costs two messages more', () => {
    const counted = new Counted(n).elect();
    counted.sent.length = 0;
    counted.read('index', 7, r(1));
    counted.world.run(50);
    expect(counted.replies).toBe(7);
    expect(counted.count()).toBe(2 + 2 * (n - 1));
  });

  test('a crashed follower takes exactly its acknowledgements away', () => {
    const counted = new Counted(n).elect();
    counted.world.crash(r(n - 1));
    counted.sent.length = 0;
    for (let i = 0; i < 10; i++) {
      counted.request();
      counted.world.run(50);
    }
    expect(counted.count('AppendEntriesResponse')).toBe(10 * 2 * (n - 2));
  });

  test('[R21] without loss nothing is sent twice', () => {
    // Links slower than the heartbeat: answers are long in coming, and yet they come.
    const counted = new Counted(n, { ...profiles.fast, heartbeatTicks: 1 });
    counted.elect();
    const commands = 100;
    for (let i = 0; i < commands; i++) {
      counted.request();
      counted.world.run(3);
    }
    counted.world.run(50);
    expect(counted.replies).toBe(commands);
    const entries = counted.sent.flatMap(({ to, message }) => {
      if (message.type !== 'AppendEntries') return [];
      return message.entries.map((_, i) => `${to} ${message.prevLogIndex + 1 + i}`);
    });
    expect(entries).toHaveLength((commands + 1) * (n - 1));
    expect(new Set(entries).size).toBe(entries.length);
  });
});

test('a client at the leader hears after one round trip, everyone one hop after the news may not wait longer', () => {
  const counted = new Counted(5).elect();
  const { world } = counted;
  const { now } = world;
  counted.request();
  const commits = (at: number) => {
    world.runUntil(now + at);
    return world.states().filter(({ commitIndex }) => commitIndex === 2).length;
  };
  // A hop takes two ticks, and news wait two for an append to ride on.
  expect([commits(3), commits(4), commits(7), commits(8)]).toEqual([0, 1, 1, 5]);
});

describe('theory and practice over 1,000 decisions', () => {
  const lonely = 200;
  const streaming = 800;
  const every = Array.from({ length: limits.votersMax }, (_, i) => i + 1);

  /** Takes what was sent since, checks that no entry went twice to anyone, and counts it. */
  function takeCounts(counted: Counted, entriesExpected: number): Counts {
    const sent = counted.sent.splice(0);
    const places = new Set<string>();
    let entries = 0;
    for (const { to, message } of sent) {
      if (message.type !== 'AppendEntries') continue;
      for (const i of message.entries.keys()) places.add(`${to} ${message.prevLogIndex + 1 + i}`);
      entries += message.entries.length;
    }
    expect(entries - places.size).toBe(0);
    expect(entries).toBe(entriesExpected);
    return countByKind(sent.map(({ message }) => message));
  }
  /** Kinds that are not sent have no count. */
  const named = (counts: Counts) =>
    Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

  test.each(every)('[R20] [R21] n = %i: measured = theory, and nothing is sent twice', (n) => {
    const counted = new Counted(n).elect();
    const noop = messagesPer('lone command', n);
    const election = inTotal([messagesPer('election', n), 1], [noop, 1]);
    expect(takeCounts(counted, n - 1)).toEqual(named(election));

    for (let i = 0; i < lonely; i++) {
      counted.request();
      counted.world.run(12);
    }
    expect(counted.replies).toBe(lonely);
    const lone = inTotal([messagesPer('lone command', n), lonely]);
    expect(takeCounts(counted, lonely * (n - 1))).toEqual(named(lone));

    for (let i = 0; i < streaming; i++) {
      counted.request();
      counted.world.run(1);
    }
    counted.world.run(50);
    expect(counted.replies).toBe(lonely + streaming);
    const streamed = messagesPer('streamed command', n);
    // The last one has no next to tell of it.
    const stream = inTotal([streamed, streaming - 1], [messagesPer('lone command', n), 1]);
    expect(takeCounts(counted, streaming * (n - 1))).toEqual(named(stream));
  });
});
