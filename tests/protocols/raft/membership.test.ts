/** Membership, one voter at a time (dissertation §4.1, §4.2), and what holds for every change. */
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { profiles } from '#protocols/core/timing.ts';
import { quorumsIntersect } from '#protocols/raft/configuration.ts';
import type { LogEntry } from '#protocols/raft/log.ts';
import type { AppendEntries } from '#protocols/raft/messages.ts';
import * as rules from '#protocols/raft/rules.ts';
import { configurationOf } from '#protocols/raft/state.ts';
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
import { r, roster } from '../fixtures/ids.ts';
import { delays, RaftWorld, still, Violated, writes } from '../fixtures/raft-world.ts';

const [ana, ben, eva, leo, mia] = [r(0), r(1), r(2), r(3), r(4)];

function config(
  term: number,
  voters: readonly ReplicaId[],
  more: { votersOld?: readonly ReplicaId[]; learners?: readonly ReplicaId[] } = {},
): LogEntry {
  return { kind: 'config', term, configuration: { votersOld: [], learners: [], ...more, voters } };
}

function change(bench: Bench, voters: readonly ReplicaId[], learners: readonly ReplicaId[] = []) {
  const operation = { type: 'changeMembership', voters, learners } as const;
  return bench.step({ type: 'operate', operation });
}

/** A leader whose no-op is committed. */
function settled(n = 3): Bench {
  const bench = new Bench({ n });
  bench.lead();
  for (let i = 1; i < n; i++) bench.receive(r(i), acknowledge(1, 1));
  expect(bench.state.commitIndex).toBe(1);
  return bench;
}

/** An append of `entries` after (`prevLogIndex`, `prevLogTerm`). */
function appendOf(
  term: number,
  prev: readonly [number, number],
  entries: readonly LogEntry[],
  leaderCommit = 0,
): AppendEntries {
  return { ...append(term, prev, [], leaderCommit), entries };
}

const refusalOf = (effects: ReturnType<Bench['step']>) =>
  notesOf(effects).flatMap((note) => (note.note === 'operationRefused' ? [note.reason] : []));

describe('configurations are entries', () => {
  test('[R27] the latest one in the log counts, committed or not', () => {
    const bench = new Bench({ term: 1, terms: [1] });
    const effects = bench.receive(ben, appendOf(1, [1, 1], [config(1, roster(5))]));
    expect(bench.state.commitIndex).toBe(0);
    expect(configurationOf(bench.state).voters).toEqual(roster(5));
    expect(notesOf(effects)).toContainEqual({
      note: 'configurationInForce',
      index: 2,
      voters: roster(5),
      votersOld: [],
      learners: [],
    });
    bench.stand();
    bench.receive(ben, vote(2));
    expect(bench.state.role.name).toBe('candidate');
    bench.receive(mia, vote(2));
    expect(bench.state.role.name).toBe('leader');
  });

  test('[R27, RS25] truncated, the one before is in force again', () => {
    const entries = [config(1, roster(4)), config(1, roster(5))];
    const bench = new Bench({ term: 1, entries });
    expect(configurationOf(bench.state).voters).toEqual(roster(5));
    bench.receive(ben, appendOf(2, [1, 1], [{ kind: 'noop', term: 2 }]));
    expect(configurationOf(bench.state).voters).toEqual(roster(4));
    bench.receive(eva, appendOf(3, [0, 0], [{ kind: 'noop', term: 3 }]));
    expect(configurationOf(bench.state).voters).toEqual(roster(3));
  });

  test('[R27] it comes back from the disk', () => {
    const bench = new Bench({ term: 1, entries: [config(1, [ana], { learners: [ben] })] });
    expect(configurationOf(bench.state)).toMatchObject({ voters: [ana], learners: [ben] });
  });

  test('[R28] entries of a leader outside the configuration are taken, and candidates outside voted for', () => {
    const bench = new Bench();
    expect(sentTo(bench.receive(mia, append(1, [0, 0], [1])), mia)).toMatchObject([
      { success: true },
    ]);
    bench.timeout('leader heard');
    const asked = bench.receive(leo, ask(2, [1, 1]));
    expect(sentTo(asked, leo)).toMatchObject([{ voteGranted: true }]);
  });

  test('[R28, RS24] a learner that is asked votes, though it knows of no promotion', () => {
    const bench = new Bench({
      self: leo,
      term: 1,
      entries: [config(1, [ana], { learners: [leo] })],
    });
    bench.timeout('leader heard');
    const asked = bench.receive(eva, ask(2, [2, 1]));
    expect(sentTo(asked, eva)).toMatchObject([{ voteGranted: true }]);
  });

  test.each<[string, Bench]>([
    ['a newcomer', new Bench({ self: leo })],
    [
      'a learner',
      new Bench({ self: leo, term: 1, entries: [config(1, [ana], { learners: [leo] })] }),
    ],
  ])('%s does not stand for election', (_who, bench) => {
    const before = bench.state.currentTerm;
    const effects = bench.timeout('election');
    expect(types(effects)).toEqual(['setTimer']);
    expect(bench.state).toMatchObject({ role: { name: 'follower' }, currentTerm: before });
  });

  test('[R33] one that is removed stands until that is committed, without its own vote', () => {
    const entries = [config(1, [ben, eva])];
    const bench = new Bench({ term: 1, entries });
    bench.stand();
    bench.receive(ben, vote(2));
    expect(bench.state.role.name).toBe('candidate');
    bench.receive(eva, vote(2));
    expect(bench.state.role.name).toBe('leader');

    const gone = new Bench({ term: 1, entries });
    gone.receive(ben, append(1, [1, 1], [], 1));
    expect(types(gone.timeout('election'))).toEqual(['setTimer']);
  });
});

describe('a change', () => {
  test.each<[string, readonly ReplicaId[], readonly ReplicaId[]]>([
    ['no-voters', [], [ana]],
    ['named-twice', [ana, ben], [ben]],
    ['too-many', roster(40), []],
    ['unchanged', [eva, ana, ben], []],
  ])('is refused: %s', (reason, voters, learners) => {
    const bench = settled();
    expect(refusalOf(change(bench, voters, learners))).toEqual([reason]);
  });

  test('is the leader’s to make', () => {
    expect(refusalOf(change(new Bench(), [ana]))).toEqual(['not-leader']);
  });

  test('[R30] waits until the leader has committed an entry of its own term', () => {
    const bench = new Bench();
    bench.lead();
    expect(refusalOf(change(bench, [ana, ben]))).toEqual(['nothing-committed']);
    bench.receive(ben, acknowledge(1, 1));
    expect(refusalOf(change(bench, [ana, ben]))).toEqual([]);
  });

  test('[R29] is the only one until it is committed', () => {
    const bench = settled();
    const effects = change(bench, [ana, ben]);
    expect(refusalOf(change(bench, [ana]))).toEqual(['change-under-way']);
    bench.loopback(effects);
    bench.receive(ben, acknowledge(1, 2));
    expect(bench.state.commitIndex).toBe(2);
    expect(refusalOf(change(bench, [ana]))).toEqual([]);
  });

  test('[R31] of one voter is one entry; every other goes through a joint configuration', () => {
    expect(rules.mustBeJoint(roster(3), roster(4))).toBe(false);
    expect(rules.mustBeJoint(roster(3), roster(2))).toBe(false);
    expect(rules.mustBeJoint(roster(3), roster(5))).toBe(true);
    expect(rules.mustBeJoint(roster(3), [ana, ben, leo])).toBe(true);
    for (let n = 1; n < 8; n++) {
      const of = (voters: readonly ReplicaId[]) => ({ voters, votersOld: [], learners: [] });
      expect(quorumsIntersect(of(roster(n)), of(roster(n + 1)))).toBe(true);
      const joint = { ...of(roster(n + 5)), votersOld: roster(n) };
      expect(quorumsIntersect(of(roster(n)), joint)).toBe(true);
      expect(quorumsIntersect(joint, of(roster(n + 5)))).toBe(true);
    }
    expect(
      quorumsIntersect(
        { voters: roster(3), votersOld: [], learners: [] },
        { voters: roster(6), votersOld: [], learners: [] },
      ),
    ).toBe(false);
  });

  test('[R32] a new server learns first, and votes when it has caught up', () => {
    const bench = settled();
    const effects = change(bench, roster(4));
    expect(notesOf(effects)).toContainEqual({ note: 'learnersAdded', learners: [leo] });
    expect(configurationOf(bench.state)).toMatchObject({ voters: roster(3), learners: [leo] });
    expect(sentTo(effects, leo)).toMatchObject([{ type: 'AppendEntries', prevLogIndex: 1 }]);
    bench.loopback(effects);
    bench.receive(ben, acknowledge(1, 2));
    expect(configurationOf(bench.state).voters).toEqual(roster(3));
    const promoted = bench.receive(leo, acknowledge(1, 2));
    expect(notesOf(promoted)).toContainEqual({ note: 'learnerCaughtUp', learner: leo, rounds: 1 });
    expect(configurationOf(bench.state)).toMatchObject({ voters: roster(4), learners: [] });
    // Three of four now.
    bench.loopback(promoted);
    bench.receive(ben, acknowledge(1, 3));
    expect(bench.state.commitIndex).toBe(2);
    const done = bench.receive(leo, acknowledge(1, 3));
    expect(notesOf(done)).toContainEqual({
      note: 'membershipChanged',
      index: 3,
      promoted: [leo],
      removed: [],
      learners: [],
    });
  });

  test('[R32] a learner counts for nothing', () => {
    const bench = settled();
    bench.loopback(change(bench, roster(3), [leo, mia]));
    for (const learner of [leo, mia]) bench.receive(learner, acknowledge(1, 2));
    expect(bench.state.commitIndex).toBe(1);
    bench.receive(ben, acknowledge(1, 2));
    expect(bench.state.commitIndex).toBe(2);
  });

  test('[R32] rounds that take as long as an election timeout are followed by others, ten at most', () => {
    const bench = settled();
    bench.loopback(change(bench, roster(4)));
    bench.receive(ben, acknowledge(1, 2));
    const { electionTicksMin, heartbeatTicks } = profiles.fast;
    const notes = [];
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i * heartbeatTicks < electionTicksMin; i++) bench.timeout('heartbeat');
      bench.loopback(bench.request());
      notes.push(...notesOf(bench.receive(leo, acknowledge(1, 2 + round))));
    }
    expect(notes.filter(({ note }) => note === 'learnerCaughtUp')).toEqual([]);
    expect(notes.at(-1)).toMatchObject({ learners: [] });
    expect(notes).toContainEqual({ note: 'changeAbandoned', newcomer: leo, reason: 'too-slow' });
    // The learner that came for it goes again.
    expect(configurationOf(bench.state)).toMatchObject({ voters: roster(3), learners: [] });
  });

  test('[R32] a newcomer that does not answer ends the change', () => {
    const bench = settled();
    bench.loopback(change(bench, roster(4)));
    const notes = [];
    for (let i = 0; i < 60; i++) notes.push(...notesOf(bench.timeout('heartbeat')));
    expect(notes).toContainEqual({ note: 'changeAbandoned', newcomer: leo, reason: 'no-answer' });
    bench.receive(ben, acknowledge(1, 2));
    expect(configurationOf(bench.state)).toMatchObject({ voters: roster(3), learners: [] });
  });

  test('[R33] a leader that leaves counts without itself, and steps down when that is committed', () => {
    const bench = settled();
    bench.loopback(change(bench, [ben, eva]));
    bench.receive(ben, acknowledge(1, 2));
    expect(bench.state).toMatchObject({ role: { name: 'leader' }, commitIndex: 1 });
    const effects = bench.receive(eva, acknowledge(1, 2));
    expect(bench.state).toMatchObject({ role: { name: 'follower' }, commitIndex: 2 });
    expect(notesOf(effects)).toContainEqual({
      note: 'steppedDown',
      from: 'leader',
      term: 1,
      reason: 'removed',
    });
    // Both hear that it is committed before they are left alone.
    for (const id of [ben, eva]) {
      expect(sentTo(effects, id)).toContainEqual(expect.objectContaining({ leaderCommit: 2 }));
    }
  });

  test('[R33] whom it removes gets entries until that is committed, and hears of it last', () => {
    const bench = settled();
    const effects = change(bench, [ana, ben]);
    expect(sentTo(effects, eva)).toMatchObject([{ type: 'AppendEntries' }]);
    bench.receive(eva, acknowledge(1, 2));
    bench.loopback(effects);
    const done = bench.receive(ben, acknowledge(1, 2));
    expect(sentTo(done, eva)).toMatchObject([{ prevLogIndex: 2, leaderCommit: 2 }]);
    expect(sentTo(bench.request(), eva)).toEqual([]);
  });
});

describe('cluster', () => {
  function ready(voters: number, nodes = voters): RaftWorld {
    const world = new RaftWorld({ nodes, voters, ...delays(2, 2), ...writes(0, 1) });
    world.run(2_000);
    world.write(0, 5);
    world.run(500);
    return world;
  }

  test('[RS21] a newcomer is added, and one removed, while clients write', () => {
    const world = ready(3, 4);
    world.change(roster(4));
    for (let i = 0; i < 10; i++) {
      world.write(0);
      world.run(50);
    }
    expect(configurationOf(world.state(leo)).voters).toEqual(roster(4));
    expect(world.state(leo).lastApplied).toBe(world.leader().commitIndex);
    const gone = roster(4).find((id) => id !== world.leader().self) as ReplicaId;
    world.change(roster(4).filter((id) => id !== gone));
    world.run(500);
    expect(configurationOf(world.state(gone)).voters).not.toContain(gone);
    const { currentTerm } = world.state(gone);
    world.run(5_000);
    // It heard that its removal is committed, and disturbs nobody.
    expect(world.state(gone).currentTerm).toBe(currentTerm);
    expect(world.unanswered()).toBe(0);
  });

  test('[RS23] the leader of two leaves: it stays until C_new is committed, the other goes on alone', () => {
    const world = ready(2);
    const { self } = world.leader();
    const other = roster(2).find((id) => id !== self) as ReplicaId;
    world.cut([self], [other]);
    world.change([other]);
    world.run(200);
    expect(world.state(self).role.name).toBe('leader');
    world.mend();
    world.run(3_000);
    expect(world.leader().self).toBe(other);
    expect(world.state(self).role.name).toBe('follower');
    world.write(0);
    world.run(2_000);
    expect(world.unanswered()).toBe(0);
  });

  test('[RS23] it crashes before the other has C_new: it is elected again, and leaves then', () => {
    const world = ready(2);
    const { self } = world.leader();
    const other = roster(2).find((id) => id !== self) as ReplicaId;
    world.cut([self], [other]);
    world.change([other]);
    world.run(50);
    world.crash(self);
    world.mend();
    world.restart(self);
    world.run(6_000);
    expect(world.leader().self).toBe(other);
    expect(configurationOf(world.state(other)).voters).toEqual([other]);
  });

  /**
   * The bug of 2015, with S1 to S4 as Ana to Leo and S5 as Mia. S1 leads term 1 and appends "add S5" to itself and S5; S2
   * wins term 2 with S3 and S4, appends "remove S1" and commits it with S3; S1 wins term 3 with S4 and S5.
   */
  function bugOf2015(by: rules.Rules): RaftWorld {
    const world = new RaftWorld({
      nodes: 5,
      voters: 4,
      ...delays(1, 0),
      ...writes(0, 0),
      timing: still,
      rules: by,
    });
    const only = (...links: readonly (readonly [ReplicaId, ReplicaId])[]) => {
      world.part(world.ids, world.ids);
      for (const [a, b] of links) world.mend([a], [b]);
    };
    const elect = (id: ReplicaId, ticks = 20) => {
      // Long enough after the last leader was heard: nobody sticks to it (R24).
      for (const other of world.ids) world.endTimer(other, 'leader heard');
      world.endTimer(id, 'election');
      world.run(ticks);
    };
    const operate = (
      id: ReplicaId,
      voters: readonly ReplicaId[],
      learners: readonly ReplicaId[] = [],
    ) => {
      world.change(voters, learners, id);
      world.run(20);
    };
    elect(ana);
    // Mia has learnt already.
    operate(ana, roster(4), [mia]);
    only([ana, mia]);
    operate(ana, roster(5));
    // Ben has the votes of Eva and Leo, but only Eva gets what follows.
    only([ben, eva], [ben, leo]);
    elect(ben, 4);
    only([ben, eva]);
    world.run(20);
    operate(ben, [ben, eva, leo]);
    only([ana, leo], [ana, mia]);
    world.crash(ana);
    world.restart(ana);
    elect(ana);
    elect(ana);
    return world;
  }

  test('[R30, RS21] the bug of 2015: without an own entry committed first, a committed change is lost', () => {
    expect(() => bugOf2015({ ...rules, hasCommittedInTerm: () => true })).toThrow(Violated);
  });

  test('[R30, RS21] with it, the second change is refused', () => {
    const world = bugOf2015(rules);
    const refusals = world.notes.filter(({ note }) => note.note === 'operationRefused');
    expect(refusals.map(({ self }) => self)).toContain(ben);
    expect(refusals.at(-1)).toMatchObject({ self: ben, note: { reason: 'nothing-committed' } });
  });
});
