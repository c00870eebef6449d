/** Crashes, disks and sleep: what a replica may claim after them (K2 to K5, K13). */
import { describe, expect, test } from 'vitest';
import type { Json } from '#protocols/core/replica.ts';
import { limits } from '#protocols/core/limits.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles, timingProblem } from '#protocols/core/timing.ts';
import { raft } from '#protocols/raft/protocol.ts';
import {
  acknowledge,
  append,
  ask,
  Bench,
  notesOf,
  sentTo,
  types,
  vote,
} from '../fixtures/bench.ts';
import { r, request, roster } from '../fixtures/ids.ts';
import { delays, RaftWorld, writes } from '../fixtures/raft-world.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];

function start(records: readonly (readonly [string, Json])[]) {
  const service = new Service();
  const context = { self: ana, voters: roster(3), timing: profiles.fast, service };
  const replica = raft.create(context);
  const effects = replica.step({ type: 'start', durable: new Map(records), incarnation: 2 });
  return { replica, effects };
}

describe('restart', () => {
  test('[R5] term, vote and log come back; commitIndex is learnt again', () => {
    const bench = new Bench({ term: 4, vote: ben, terms: [1, 3] });
    expect(notesOf(bench.born)).toEqual([{ note: 'recovered', term: 4, lastIndex: 2 }]);
    expect(bench.state).toMatchObject({ currentTerm: 4, votedFor: ben, commitIndex: 0 });
    expect(bench.terms).toEqual([1, 3]);
    expect(sentTo(bench.receive(eva, ask(4, [9, 3])), eva)).toMatchObject([{ voteGranted: false }]);
  });

  test('what a replica wrote is what it recovers', () => {
    const world = new RaftWorld({ seed: 7, ...writes(0, 3) });
    world.run(2_000);
    world.write(0, 20);
    world.run(1_000);
    const before = JSON.stringify(world.state(ben).log);
    world.crash(ben);
    world.restart(ben);
    expect(JSON.stringify(world.state(ben).log)).toBe(before);
  });

  test.each<[string, [string, Json][]]>([
    ['a term that is no number', [['term', 'three']]],
    ['a term beyond counting', [['term', 2 ** 53]]],
    ['a vote for nobody', [['vote', 'nobody']]],
    ['an entry that is none', [['log/0000000000000001', { kind: 'noop' }]]],
    ['a gap in the log', [['log/0000000000000002', { kind: 'noop', term: 0 }]]],
    ['an entry of the future', [['log/0000000000000001', { kind: 'noop', term: 1 }]]],
  ])('a disk that holds %s: it does not vote with it', (_what, records) => {
    const { replica, effects } = start(records);
    expect(replica.state.role.name).toBe('stopped');
    expect(notesOf(effects)).toMatchObject([{ note: 'assumptionBroken' }]);
    expect(types(effects)).not.toContain('setTimer');
  });

  test('a broken assumption is not forgotten with a restart', () => {
    const { replica } = start([['stopped', 'the leader of term 3 lacks a committed entry']]);
    expect(replica.state.role.name).toBe('stopped');
    expect(raft.summarize(replica.state).assumptionBroken).toMatch('committed');
  });

  test('a term that nobody can exceed stops a candidate, visibly', () => {
    const bench = new Bench();
    bench.receive(ben, vote(limits.integerMax, { voteGranted: false }));
    expect(notesOf(bench.timeout('election'))).toMatchObject([{ note: 'assumptionBroken' }]);
  });
});

describe('disks', () => {
  test('[K4] the leader’s own entry counts only when durable', () => {
    const bench = new Bench({ n: 5 });
    bench.lead();
    for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
    const requested = bench.request();
    bench.receive(ben, acknowledge(1, 2));
    bench.receive(eva, acknowledge(1, 2));
    expect(bench.state.commitIndex).toBe(1);
    bench.loopback(requested);
    expect(bench.state.commitIndex).toBe(2);
  });

  test('[K5, RS40] a single voter commits nothing before its own write is done', () => {
    const bench = new Bench({ n: 1 });
    const elected = bench.timeout('election');
    expect(bench.state.role.name).toBe('leader');
    expect(types(elected)).not.toContain('apply');
    bench.loopback(elected);
    const effects = bench.request();
    expect(types(effects)).toEqual(['persist', 'send']);
    const done = bench.loopback(effects);
    expect(types(done)).toEqual(['apply', 'reply']);
  });

  test('[I3] what a single voter led in memory alone is gone with it: it leads the same term again', () => {
    const world = new RaftWorld({ nodes: 1, ...writes(100, 0) });
    const [alone] = world.ids as [typeof ana];
    // A slow machine: its election timer is over before it notices, and a request comes in the same turn.
    world.inject({ type: 'slow', machine: 0, ticks: 100 });
    let seq = 0;
    for (let life = 0; life < 2; life++) {
      world.crash(alone);
      world.restart(alone);
      while (world.state(alone).role.name !== 'leader') {
        world.deliver(alone, [request(++seq)]);
        world.run(1);
      }
      expect(world.state(alone).log.entries).toHaveLength(2);
      expect(world.disk(alone).has('term')).toBe(false);
    }
    world.run(1_000);
    expect(world.state(alone)).toMatchObject({ currentTerm: 1, role: { name: 'leader' } });
    expect(world.invariants.committed.length).toBeGreaterThan(1);
  });

  test('[K3, RS35] an acknowledgement of a write that was overwritten since counts for nothing', () => {
    const bench = new Bench();
    bench.lead();
    const stale = bench.request();
    // Ben leads term 2 and overwrites entry 2; then Ana leads term 3, before her first write was acknowledged.
    bench.receive(ben, append(2, [0, 0], [2, 2]));
    const elected = bench.stand();
    bench.receive(eva, vote(3));
    expect(bench.state).toMatchObject({ role: { name: 'leader' }, currentTerm: 3 });
    expect(bench.loopback([...stale, ...elected])).toEqual([]);
    expect(bench.state.commitIndex).toBe(0);
  });

  test('[RS34] no vote and no acknowledgement leaves before it is durable, whenever a crash comes', () => {
    for (let seed = 0; seed < 30; seed++) {
      // The invariants of the world watch what leaves each machine (K2, I12).
      const world = new RaftWorld({ seed, ...writes(5, 18), ...delays(1, 10) });
      for (let step = 0; step < 40; step++) {
        world.write(0);
        world.run(world.draw(20, 120));
        const id = r(world.draw(0, 2));
        world.crash(id, world.draw(0, 1) === 0 ? 'lost' : 'kept');
        world.restart(id);
      }
      world.run(5_000);
      expect(world.unanswered()).toBe(0);
    }
  });

  test('[RS32] a command committed by a leader that crashed before it replied executes once', () => {
    const world = new RaftWorld({ seed: 3, ...delays(5, 0) });
    world.run(2_000);
    const leader = world.leader();
    const before = leader.commitIndex;
    world.write(0);
    // Until the leader has sent the entry, and not heard back; or forwarded, one hop more.
    while (leader.log.entries.length === before) world.run(1);
    world.run(1);
    world.crash(leader.self);
    world.run(5_000);
    world.restart(leader.self);
    world.run(5_000);
    expect(world.unanswered()).toBe(0);
    expect(world.answers).toHaveLength(1);
    expect(world.historyProblem()).toBeNull();
    // The log holds it twice: once as the crashed leader sent it, once as the client sent it again.
    const { committed } = world.invariants;
    expect(committed.filter(({ kind }) => kind === 'command')).toHaveLength(2);
  });
});

describe('sleep', () => {
  const { electionTicksMin } = profiles.fast;

  test('[K13] a leader that slept an election timeout steps down before anything else', () => {
    const bench = new Bench();
    bench.lead();
    const effects = bench.step({ type: 'wake', elapsedTicks: electionTicksMin });
    expect(notesOf(effects)).toMatchObject([
      { note: 'steppedDown', from: 'leader', reason: 'slept' },
    ]);
    expect(new Set(types(effects))).toEqual(new Set(['note', 'cancelTimer', 'setTimer']));
    expect(bench.state).toMatchObject({
      role: { name: 'follower' },
      currentTerm: 1,
      votedFor: ana,
    });
  });

  test('[K13] a leader that slept less speaks at once', () => {
    const bench = new Bench();
    bench.lead();
    const effects = bench.step({ type: 'wake', elapsedTicks: electionTicksMin - 1 });
    expect(types(effects)).toEqual(['send', 'setTimer', 'setTimer']);
  });

  test('[K13] everyone else re-arms one timer, however long it was', () => {
    const bench = new Bench();
    expect(types(bench.step({ type: 'wake', elapsedTicks: 9_999_999 }))).toEqual(['setTimer']);
    bench.stand();
    expect(types(bench.step({ type: 'wake', elapsedTicks: 9_999_999 }))).toEqual(['setTimer']);
  });

  test('a leader that steps down leaves its clients without an answer, not with a wrong one', () => {
    const bench = new Bench();
    bench.lead();
    bench.step({ type: 'request', requests: [request(1)] });
    const effects = bench.receive(ben, append(2, [0, 0]));
    expect(types(effects)).not.toContain('reply');
  });

  test('[RS41] heartbeats no shorter than half an election timeout are refused', () => {
    expect(timingProblem({ ...profiles.fast, heartbeatTicks: 300 })).toMatch('heartbeat');
    expect(timingProblem({ ...profiles.fast, flightTicks: 101 })).toMatch('flight');
    for (const timing of Object.values(profiles)) expect(timingProblem(timing)).toBeNull();
  });
});
