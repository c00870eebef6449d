/** Handing over when something else is under way: a joint change, a snapshot. */
import { describe, expect, test } from 'vitest';
import { replicaNumbered } from '#lib/simulator/simulation.ts';
import type { Step } from '#protocols/core/schedule.ts';
import { first, hurries } from '#protocols/raft/bugs/schedules.ts';
import { requests } from './fixtures.ts';
import { playNoted, type Noted } from './noted.ts';

const r = replicaNumbered;

describe('in the joint phase', () => {
  const world = { nodes: 5, newcomers: 2 };
  /** The joint configuration is in force at tick 1,010, and of the old half nobody's acknowledgement arrives. */
  const halfway: Step[] = [
    ...first(0),
    { type: 'membership', at: 1_000, machine: 0, voters: [0, 3, 4], learners: [] },
    { type: 'filter', at: 1_011, from: 1, to: 0, message: 'AppendEntriesResponse' },
    { type: 'filter', at: 1_011, from: 2, to: 0, message: 'AppendEntriesResponse' },
  ];

  test('[RS22] the office goes to a voter of the new half, who finishes the change', () => {
    const { violation, notes, memberships } = playNoted(
      [
        ...halfway,
        { type: 'transfer', at: 1_030, machine: 0, to: 3 },
        ...requests(20),
        { type: 'heal', at: 1_500, core: [0, 1, 2, 3, 4] },
      ],
      1_500,
      world,
    );
    expect(violation).toBeNull();
    expect(placesOf(notes, 3, 'becameLeader')).toHaveLength(1);
    expect(configurationOf(notes, 3, placesOf(notes, 3, 'becameLeader')[0])).toMatchObject({
      voters: [r(0), r(3), r(4)],
      votersOld: [r(0), r(1), r(2)],
    });
    expect(configurationOf(notes, 3)).toMatchObject({
      voters: [r(0), r(3), r(4)],
      votersOld: [],
    });
    // The newcomers as learners, and the change itself.
    expect(memberships).toBe(2);
  });

  test('[RS22] to a voter of the old half alone too, who finishes it and leaves', () => {
    const { violation, notes } = playNoted(
      [
        ...halfway.filter((step) => !(step.type === 'filter' && step.from === 1)),
        { type: 'filter', at: 1_011, from: 3, to: 0, message: 'AppendEntriesResponse' },
        { type: 'filter', at: 1_011, from: 4, to: 0, message: 'AppendEntriesResponse' },
        { type: 'transfer', at: 1_030, machine: 0, to: 1 },
        ...requests(20),
        { type: 'heal', at: 1_500, core: [0, 1, 2, 3, 4] },
      ],
      1_500,
      world,
    );
    expect(violation).toBeNull();
    expect(placesOf(notes, 1, 'becameLeader')).toHaveLength(1);
    expect(notes).toContainEqual({
      at: expect.any(Number) as number,
      by: 1,
      note: expect.objectContaining({ note: 'steppedDown', reason: 'removed' }) as unknown,
    });
  });

  test('[RS22] the leader that the change removes, and that never hears of its end, cannot win', () => {
    const { violation, notes, leaders } = playNoted(
      [
        ...first(0),
        { type: 'membership', at: 1_000, machine: 0, voters: [1, 3, 4], learners: [] },
        // It has sent the joint configuration, and hears nothing any more.
        { type: 'cut', at: 1_013, from: [0], to: [1, 2, 3, 4], bothWays: true },
        { type: 'mend', at: 4_000, from: [0], to: [1, 2, 3, 4] },
        ...hurries(0, 4_001, 6_000),
        ...requests(20),
        { type: 'heal', at: 6_000, core: [0, 1, 2, 3, 4] },
      ],
      6_000,
      world,
    );
    expect(violation).toBeNull();
    expect(leaders).toBe(2);
    const asked = notes.filter(({ by, note }) => by === 0 && note.note === 'preVoteStarted');
    expect(asked.length).toBeGreaterThan(10);
    expect(placesOf(notes, 0, 'becameLeader')).toHaveLength(1);
    expect(configurationOf(notes, 3)).toMatchObject({ voters: [r(1), r(3), r(4)], votersOld: [] });
  });

  test('[RS22] not to whom the change makes a learner once it is committed', () => {
    const { violation, notes } = playNoted(
      [
        ...first(0),
        { type: 'membership', at: 1_000, machine: 0, voters: [0, 3, 4], learners: [1] },
        { type: 'transfer', at: 1_100, machine: 0, to: 1 },
        { type: 'heal', at: 1_500, core: [0, 1, 3, 4] },
      ],
      1_500,
      world,
    );
    expect(violation).toBeNull();
    expect(notes.map(({ note }) => note)).toContainEqual({
      note: 'operationRefused',
      operation: 'transferLeadership',
      reason: 'not-a-voter',
    });
    expect(placesOf(notes, 1, 'becameLeader')).toEqual([]);
  });
});

describe('to a target that is being sent a snapshot', () => {
  /** Machine 2 misses so much that only a snapshot helps. */
  const behind: Step[] = [
    ...first(0),
    { type: 'cut', at: 900, from: [2], to: [0, 1], bothWays: true },
    ...requests(20),
    { type: 'mend', at: 2_200, from: [2], to: [0, 1] },
  ];
  const world = { snapshots: { every: 5, kept: 0 } };

  test('[RS19] it is told to stand once it has all of it', () => {
    const { violation, notes, snapshotsInstalled } = playNoted(
      [
        ...behind,
        { type: 'clog', at: 2_200, from: 0, to: 2, ticks: 150 },
        { type: 'transfer', at: 2_210, machine: 0, to: 2 },
        { type: 'heal', at: 3_000, core: [0, 1, 2] },
      ],
      3_000,
      world,
    );
    expect(violation).toBeNull();
    expect(snapshotsInstalled).toBe(1);
    const [installed] = placesOf(notes, 2, 'snapshotRestored');
    const [told] = placesOf(notes, 2, 'toldToStand');
    expect(installed).toBeLessThan(told as number);
    expect(placesOf(notes, 2, 'becameLeader')).toHaveLength(1);
  });

  test('[RS19] one that does not get it in time is not told, and the leader leads on', () => {
    const { violation, notes, commits } = playNoted(
      [
        ...behind,
        { type: 'filter', at: 2_200, from: 0, to: 2, message: 'InstallSnapshot' },
        { type: 'transfer', at: 2_300, machine: 0, to: 2 },
        {
          type: 'request',
          at: 2_900,
          client: 0,
          command: { op: 'put', key: 'k', value: 'after' },
        },
        { type: 'heal', at: 3_500, core: [0, 1, 2] },
      ],
      3_500,
      world,
    );
    expect(violation).toBeNull();
    expect(notes.map(({ note }) => note)).toContainEqual({
      note: 'transferAborted',
      to: r(2),
      term: 1,
      reason: 'timed-out',
    });
    expect(placesOf(notes, 2, 'toldToStand')).toEqual([]);
    expect(placesOf(notes, 2, 'snapshotRestored')).toHaveLength(1);
    // Its no-op, the 20 before and the one after.
    expect(commits).toBe(22);
  });
});

/** When `machine` noted it. */
function placesOf(notes: readonly Noted[], machine: number, name: Noted['note']['note']): number[] {
  return notes.flatMap(({ at, by, note }) => (by === machine && note.note === name ? [at] : []));
}

/** The configuration in force at `machine` when tick `until` begins. */
function configurationOf(notes: readonly Noted[], machine: number, until = Infinity) {
  return notes.findLast(
    ({ at, by, note }) => by === machine && at < until && note.note === 'configurationInForce',
  )?.note;
}
