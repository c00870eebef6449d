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
