/** Handing leadership over (dissertation §3.10; RS19). */
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
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
import { r, request } from '../fixtures/ids.ts';
import { delays, RaftWorld } from '../fixtures/raft-world.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];
const to = (id: ReplicaId) => ({ type: 'transferLeadership', to: id }) as const;
const timeoutNow = { type: 'TimeoutNow', term: 1 } as const;

/** A leader of term 1 whose no-op is committed, and which both others hold. */
function leading(): Bench {
  const bench = new Bench();
  bench.lead();
  for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
  return bench;
}

describe('the leader', () => {
  test('[RS19] tells a target that is level at once, and once', () => {
    const bench = leading();
    const effects = bench.operate(to(ben));
    expect(sentTo(effects, ben)).toEqual([timeoutNow]);
    expect(notesOf(effects)).toEqual([{ note: 'transferStarted', to: ben, term: 1 }]);
    expect(sentTo(bench.receive(ben, acknowledge(1, 1)), ben)).toEqual([]);
  });

  test('[RS19] levels the log of a slow target first', () => {
    const bench = leading();
    bench.loopback(bench.request());
    bench.receive(eva, acknowledge(1, 2));
    expect(sentTo(bench.operate(to(ben)), ben)).toEqual([]);
    expect(sentTo(bench.receive(ben, acknowledge(1, 2)), ben)).toContainEqual(timeoutNow);
  });

  test.each([
    ['itself', ana, 'to-itself'],
    ['a stranger', r(9), 'not-a-voter'],
  ])('[RS19] does not hand over to %s', (_who, target, reason) => {
    const bench = leading();
    expect(notesOf(bench.operate(to(target)))).toEqual([
      { note: 'operationRefused', operation: 'transferLeadership', reason },
    ]);
    expect(types(bench.request())).toContain('persist');
  });

  test('[RS19] does one transfer at a time, to the same target or another', () => {
    const bench = leading();
    bench.operate(to(ben));
    for (const id of [ben, eva]) {
      const effects = bench.operate(to(id));
      expect(notesOf(effects)).toMatchObject([{ reason: 'already-transferring' }]);
      expect(sentTo(effects, id)).toEqual([]);
    }
  });

  test('[RS19] who does not lead has nothing to hand over', () => {
    expect(notesOf(new Bench().operate(to(ben)))).toMatchObject([{ reason: 'not-leader' }]);
  });

  test('[RS19] takes no requests meanwhile, its own or forwarded ones', () => {
    const bench = leading();
    bench.operate(to(ben));
    const effects = [
      ...bench.step({ type: 'request', requests: [request(1)] }),
      ...bench.receive(eva, { type: 'ForwardRequests', requests: [request(2)] }),
    ];
    expect(types(effects)).not.toContain('persist');
    expect(effects).toContainEqual(
      expect.objectContaining({ reply: expect.objectContaining({ reason: 'transferring' }) }),
    );
    expect(sentTo(effects, eva)).toMatchObject([{ type: 'ForwardReplies' }]);
    expect(bench.terms).toEqual([1]);
  });

  test('[RS19] gives up after an election timeout and takes requests again; it may try again', () => {
    const bench = leading();
    const { electionTicksMin: ticks } = bench.timing;
    expect(bench.operate(to(ben))).toContainEqual({
      type: 'setTimer',
      timer: 'transfer',
      ticksMin: ticks,
      ticksMax: ticks,
    });
    const effects = bench.timeout('transfer');
    expect(notesOf(effects)).toEqual([
      { note: 'transferAborted', to: ben, term: 1, reason: 'timed-out' },
    ]);
    expect(types(bench.request())).toContain('persist');
    expect(notesOf(bench.operate(to(eva)))).toMatchObject([{ note: 'transferStarted', to: eva }]);
  });

  test('[RS19, K13] a leader that slept a little does not go on with it', () => {
    const bench = leading();
    bench.operate(to(ben));
    const effects = bench.step({ type: 'wake', elapsedTicks: 1 });
    expect(notesOf(effects)).toMatchObject([{ note: 'transferAborted', reason: 'slept' }]);
  });

  test('[RS19] a leader deposed by its target is done: nothing is left of the transfer', () => {
    const bench = leading();
    bench.operate(to(ben));
    const effects = bench.receive(ben, ask(2, [1, 1], { transfer: true }));
    expect(sentTo(effects, ben)).toEqual([vote(2)]);
    expect(bench.state).toMatchObject({ role: { name: 'follower' }, votedFor: ben });
    expect(bench.timeout('transfer')).toEqual([]);
  });
});

describe('the target', () => {
  test('[RS19] stands at once, without asking before, with the leader’s permission', () => {
    const bench = new Bench({ terms: [1], term: 1 });
    bench.receive(ben, append(1, [1, 1]));
    const effects = bench.receive(ben, timeoutNow);
    expect(sentTo(effects, eva)).toEqual([ask(2, [1, 1], { transfer: true })]);
    expect(notesOf(effects)).toEqual([
      { note: 'toldToStand', from: ben, term: 1 },
      { note: 'electionStarted', term: 2 },
    ]);
  });

  test.each<[string, ReplicaId, RaftMessage]>([
    ['somebody who does not lead', eva, timeoutNow],
    ['the leader of a term that is over', ben, { type: 'TimeoutNow', term: 0 }],
    ['a leader of whom it knows nothing', eva, { type: 'TimeoutNow', term: 3 }],
  ])('[RS19] does not stand because of %s', (_who, from, message) => {
    const bench = new Bench({ term: 1 });
    bench.receive(ben, append(1, [0, 0]));
    bench.receive(from, message);
    expect(bench.state.role.name).toBe('follower');
  });
});

describe('in a cluster', () => {
  function settled(n: number, seed: number): RaftWorld {
    const world = new RaftWorld({ nodes: n, clients: n, seed, ...delays(1, 10) });
    world.run(2_000);
    return world;
  }

  test('[RS19] the target leads within a few hops, and what was written meanwhile executes once', () => {
    for (let seed = 0; seed < 30; seed++) {
      const world = settled(5, seed);
      const { self } = world.leader();
      const target = world.ids.find((id) => id !== self) as ReplicaId;
      for (let i = 0; i < 5; i++) world.write(i, 3);
      world.run(10);
      world.transfer(self, target);
      for (let i = 0; i < 5; i++) world.write(i, 3);
      world.run(200);
      expect(world.leader().self).toBe(target);
      world.run(2_000);
      expect(world.unanswered()).toBe(0);
      expect(world.historyProblem()).toBeNull();
    }
  });

  test('[RS19] a target that is down, or does not hear: the leader leads on', () => {
    for (const how of ['down', 'deaf'] as const) {
      const world = settled(3, 5);
      const { self, currentTerm } = world.leader();
      const target = world.ids.find((id) => id !== self) as ReplicaId;
      if (how === 'down') world.crash(target);
      else world.cut([self], [target]);
      world.transfer(self, target);
      world.write(world.ids.indexOf(self));
      world.run(3_000);
      expect(world.leader()).toMatchObject({ self, currentTerm });
      expect(world.unanswered()).toBe(0);
      expect(world.notes).toContainEqual({
        self,
        note: { note: 'transferAborted', to: target, term: currentTerm, reason: 'timed-out' },
      });
    }
  });
});
