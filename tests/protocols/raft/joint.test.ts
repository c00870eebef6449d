/** Joint consensus (dissertation §4.3): changes of several voters at once. */
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { World } from '#protocols/core/schedule.ts';
import type { LogEntry } from '#protocols/raft/log.ts';
import * as rules from '#protocols/raft/rules.ts';
import { configurationOf } from '#protocols/raft/state.ts';
import { acknowledge, Bench, notesOf, sentTo, vote } from '../fixtures/bench.ts';
import { r, roster } from '../fixtures/ids.ts';
import { delays, RaftWorld, writes } from '../fixtures/raft-world.ts';

const [ana, ben, eva, leo, mia] = [r(0), r(1), r(2), r(3), r(4)];
/** Ana, Ben and Eva give way to Ana, Leo and Mia. */
const joint: LogEntry = {
  kind: 'config',
  term: 1,
  configuration: { voters: [ana, leo, mia], votersOld: [ana, ben, eva], learners: [] },
};

/** Ana leads term 2 with the joint configuration uncommitted at index 1 and her no-op at 2. */
function leader(): Bench {
  const bench = new Bench({ term: 1, entries: [joint] });
  bench.stand();
  for (const id of [ben, leo]) bench.receive(id, vote(2));
  expect(bench.state.role.name).toBe('leader');
  return bench;
}

describe('quorums', () => {
  test.each<[readonly ReplicaId[], 'leader' | 'candidate']>([
    [[ben, eva], 'candidate'],
    [[leo, mia], 'candidate'],
    [[ben, leo], 'leader'],
  ])('[R8, R31] an election needs a majority of each half: %j', (voters, role) => {
    const bench = new Bench({ term: 1, entries: [joint] });
    bench.stand();
    for (const id of voters) bench.receive(id, vote(2));
    expect(bench.state.role.name).toBe(role);
  });

  test('[R8] it is lost when one half refuses', () => {
    const bench = new Bench({ term: 1, entries: [joint] });
    bench.stand();
    for (const id of [leo, mia]) bench.receive(id, vote(2, { voteGranted: false }));
    expect(bench.state.role.name).toBe('follower');
  });

  test('[R17, R31] so does a commit', () => {
    const matched: Record<string, number> = { [ana]: 5, [ben]: 5, [eva]: 5, [leo]: 3, [mia]: 2 };
    const { configuration } = joint as Extract<LogEntry, { kind: 'config' }>;
    const of = (id: ReplicaId) => matched[id] ?? 0;
    expect(rules.quorumReached(of, configuration)).toBe(3);
    expect(rules.quorumReached(of, { ...configuration, votersOld: [] })).toBe(3);
    expect(rules.quorumReached(of, { ...configuration, voters: [ana, ben] })).toBe(5);
  });
});

describe('the joint phase', () => {
  test('[R31] a leader elected in it finishes it, once it has committed an entry of its own (R30)', () => {
    const bench = leader();
    bench.loopback(bench.timeout('heartbeat'));
    bench.receive(ana, acknowledge(2, 2));
    bench.receive(ben, acknowledge(2, 2));
    expect(bench.state.commitIndex).toBe(0);
    const effects = bench.receive(mia, acknowledge(2, 2));
    expect(bench.state.commitIndex).toBe(2);
    expect(configurationOf(bench.state)).toMatchObject({ voters: [ana, leo, mia], votersOld: [] });
    // Those who leave get the last configuration too.
    expect(sentTo(effects, ben).at(-1)).toMatchObject({ entries: [{ kind: 'config' }] });
    bench.loopback(effects);
    const done = bench.receive(leo, acknowledge(2, 3));
    expect(notesOf(done)).toContainEqual({
      note: 'membershipChanged',
      index: 3,
      promoted: [leo, mia],
      removed: [ben, eva],
      learners: [],
    });
  });

  test('[R29] no other change begins in it', () => {
    const bench = leader();
    bench.receive(ana, acknowledge(2, 2));
    for (const id of [ben, leo]) bench.receive(id, acknowledge(2, 2));
    const operation = { type: 'changeMembership', voters: [ana], learners: [] } as const;
    const notes = notesOf(bench.step({ type: 'operate', operation }));
    expect(notes).toMatchObject([{ note: 'operationRefused', reason: 'change-under-way' }]);
  });
});

describe('cluster', () => {
  const slow = { ...delays(2, 2), ...writes(0, 1) };

  test.each<[string, World['snapshots']]>([
    ['', { every: 0, kept: 0 }],
    [' with compaction', { every: 5, kept: 1 }],
  ])('[RS22] all are replaced, the leader too, while clients write%s', (_how, snapshots) => {
    const world = new RaftWorld({ nodes: 6, newcomers: 3, seed: 4, ...slow, snapshots });
    world.run(2_000);
    for (let i = 0; i < 10; i++) {
      world.write(0, 3);
      world.run(50);
    }
    const fresh = world.ids.slice(3);
    world.change(fresh);
    for (let i = 0; i < 20; i++) {
      world.write(0);
      world.run(50);
    }
    world.run(5_000);
    expect(fresh).toContain(world.leader().self);
    for (const id of fresh) expect(configurationOf(world.state(id)).voters).toEqual(fresh);
    // Who was removed cannot win, whatever it does.
    for (const id of roster(3)) {
      for (let i = 0; i < 3; i++) world.endTimer(id, 'election');
    }
    world.run(2_000);
    for (const id of roster(3)) expect(world.state(id).role.name).toBe('follower');
    expect(world.unanswered()).toBe(0);
    expect(world.historyProblem()).toBeNull();
  });

  test('[R31] the leader crashes in the joint phase: another leaves it', () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = new RaftWorld({
        nodes: 5,
        newcomers: 2,
        seed,
        ...delays(2, 3),
        ...writes(0, 2),
      });
      world.run(2_000);
      world.change([...roster(2), leo, mia], [eva]);
      const isInPhase = () => world.states().some((state) => configurationOf(state).votersOld[0]);
      while (!isInPhase()) world.run(1);
      world.run(seed);
      const { self } = world.leader();
      world.crash(self);
      world.run(3_000);
      world.restart(self);
      world.run(3_000);
      world.write(0);
      world.run(2_000);
      const { votersOld } = configurationOf(world.leader());
      expect(votersOld).toEqual([]);
      expect(world.unanswered()).toBe(0);
    }
  });
});
