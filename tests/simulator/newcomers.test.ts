/** Machines that start outside of the configuration, changes of who votes, and what a run counts of them. */
import { expect, test } from 'vitest';
import { Chaos } from '#lib/simulator/chaos.ts';
import { Healing } from '#lib/simulator/healing.ts';
import { campaign } from '#lib/simulator/campaign.ts';
import { figuresOf, reportOf } from '#lib/simulator/report.ts';
import { simulateArguments } from '#lib/simulator/arguments.ts';
import { drawSwarm, recoverable } from '#lib/simulator/swarm.ts';
import { first } from '#protocols/raft/bugs/schedules.ts';
import { majority } from '#protocols/core/quorum.ts';
import type { Step } from '#protocols/core/schedule.ts';
import { honest, laboratory, requests } from './fixtures.ts';
import { playNoted } from './noted.ts';

test('[R32] newcomers stand for nothing, vote for nobody, and are taken in', () => {
  const world = { nodes: 5, newcomers: 2 };
  const idle = playNoted(first(0), 900, world);
  expect(idle.notes.filter(({ by }) => by >= 3)).toEqual([]);
  const steps: Step[] = [
    ...first(0),
    ...requests(10),
    { type: 'membership', at: 1_200, machine: 0, voters: [0, 3, 4], learners: [1] },
    { type: 'heal', at: 2_000, core: [0, 1, 3, 4] },
  ];
  const { violation, memberships, notes } = playNoted(steps, 2_000, world);
  expect(violation).toBeNull();
  expect(memberships).toBe(2);
  expect(notes.filter(({ note }) => note.note === 'learnerCaughtUp')).toHaveLength(2);
});

test('[RS36] a replica whose disk is damaged stays away for good, and a newcomer fetches all from its peers', () => {
  const steps: Step[] = [
    ...first(0),
    ...requests(20),
    { type: 'lose', at: 2_100, machine: 1 },
    { type: 'restart', at: 2_200, machine: 1 },
    { type: 'membership', at: 2_300, machine: 0, voters: [0, 2, 3], learners: [] },
    // Nothing that was acknowledged is lost with the one that is left of the first three.
    { type: 'crash', at: 3_000, machine: 0, write: 'lost' },
    { type: 'request', at: 3_100, client: 0, command: { op: 'get', key: 'k' } },
    { type: 'heal', at: 4_000, core: [2, 3] },
  ];
  const { violation, faults, notes, commits } = playNoted(steps, 4_000, {
    nodes: 4,
    newcomers: 1,
    snapshots: { every: 6, kept: 0 },
  });
  expect(violation).toBeNull();
  expect(faults.F17).toBe(1);
  expect(commits).toBeGreaterThanOrEqual(22);
  expect(notes.some(({ by, at }) => by === 1 && at > 2_100)).toBe(false);
  expect(notes.some(({ by, note }) => by === 3 && note.note === 'snapshotRestored')).toBe(true);
});

test('[I17] where voters change, the healed core has a majority of all who were ever asked to vote', () => {
  let changing = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const swarm = recoverable(drawSwarm(seed, 5));
    const faultsMax = laboratory.faultsTolerated(5);
    const view = { leader: () => 0, mayAsk: () => true };
    const storm = new Chaos(swarm, view, { names: laboratory.messageNames, faultsMax, turns: [] });
    const healing = new Healing(storm, swarm.world, {
      outsiders: 'meddling',
      faultsMax,
      convergence: 'all',
      liars: [],
    });
    let core: readonly number[] = [];
    while (healing.next < Infinity) {
      const step = healing.take();
      if (step?.type === 'lose') expect(swarm.rates.membership.every).toBe(0);
      if (step?.type === 'heal') core = step.core;
    }
    if (storm.voterSets.length > 1) changing++;
    for (const voters of storm.voterSets) {
      const healed = voters.filter((i) => core.includes(i));
      expect(healed.length).toBeGreaterThanOrEqual(majority(voters.length));
    }
  }
  expect(changing).toBeGreaterThan(10);
});

test.each(['safety', 'liveness'] as const)(
  '[F19] the swarm takes newcomers in, sends snapshots and reads from the past: %s',
  (mode) => {
    let taken = 0;
    let memberships = 0;
    let installed = 0;
    let stale = 0;
    for (let seed = 1; seed <= 16; seed++) {
      const outcome = honest(seed, 5, mode, 4_000);
      expect(outcome.violation, `seed ${seed}`).toBeNull();
      memberships += outcome.memberships;
      installed += outcome.snapshotsInstalled;
      stale += outcome.staleReads;
      if (outcome.world.newcomers > 0 && outcome.memberships > 0) taken++;
    }
    expect(taken).toBeGreaterThan(0);
    expect(memberships).toBeGreaterThan(5);
    expect(installed).toBeGreaterThan(0);
    expect(stale).toBeGreaterThan(0);
  },
);

test('snapshots and changes of membership are counted in text and in JSON', () => {
  const told = simulateArguments(['--nodes', '5', '--seeds', '1..8', '--events', '5000']);
  const summaries = campaign({ laboratory }, told.plan, () => {});
  const [summary] = summaries;
  const { memberships, snapshotsTaken, snapshotsInstalled } = summary ?? {};
  const spent = { cpu: 1, wall: 1 };
  expect(snapshotsTaken).toBeGreaterThan(0);
  expect(reportOf(told, summaries, spent)).toContain(
    `${memberships} changes of membership, ${snapshotsTaken} snapshots taken and ${snapshotsInstalled} installed`,
  );
  expect(figuresOf(told, summaries, spent).summaries[0]).toMatchObject({
    memberships,
    snapshotsTaken,
    snapshotsInstalled,
  });
});
