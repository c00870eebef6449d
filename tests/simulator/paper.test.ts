/** Statements of the paper that need a whole cluster; PAPER.md of protocols/raft says which stand elsewhere. */
import { expect, test } from 'vitest';
import { Simulation } from '#lib/simulator/simulation.ts';
import { quietWorld, type Step } from '#protocols/core/schedule.ts';
import { first } from '#protocols/raft/bugs/schedules.ts';
import { laboratory, play, requests } from './fixtures.ts';

const five = { nodes: 5 };
const crash = (machine: number, at = 950): Step => ({ type: 'crash', at, machine, write: 'lost' });

test('[§5.1] five replicas stand the failure of two, and not of three', () => {
  const two = play([...first(0), crash(3), crash(4), ...requests(20)], 3_000, five);
  expect(two.violation).toBeNull();
  expect(two.commits).toBe(21);
  const three = play([...first(0), crash(2), crash(3), crash(4), ...requests(20)], 3_000, five);
  expect(three.violation).toBeNull();
  expect(three.commits).toBe(1);
});

test('[§5.1] in normal operation one leads, and all others follow it', () => {
  const simulation = new Simulation({ laboratory, world: { ...quietWorld, nodes: 5 } });
  simulation.start();
  const looks = [1_000, 2_000, 4_000].map((until) => {
    while (simulation.queue.next <= until) simulation.runNext();
    return [0, 1, 2, 3, 4].map((i) => simulation.summary(i));
  });
  const [leader] = looks.map((look) => look.find((summary) => summary?.role === 'leader')?.leader);
  expect(leader).toBeDefined();
  for (const look of looks) {
    expect(look.filter((summary) => summary?.role === 'follower')).toHaveLength(4);
    for (const summary of look) expect(summary).toMatchObject({ term: 1, leader });
  }
});

test('[§5.2] when the leader fails another is chosen, and takes its clients’ requests', () => {
  const steps = [...first(0), ...requests(4), crash(0, 1_300)];
  const { violation, leaders, commits } = play(
    [...steps, { type: 'request', at: 3_000, client: 0, command: { op: 'get', key: 'k' } }],
    4_000,
  );
  expect(violation).toBeNull();
  expect(leaders).toBe(2);
  // Two no-ops, and every request.
  expect(commits).toBe(7);
});

test('[§5.3, §5.5] a follower that was down is sent everything it missed, as soon as it is back', () => {
  const steps: Step[] = [
    ...first(0),
    crash(2),
    ...requests(40),
    { type: 'restart', at: 4_000, machine: 2 },
    // All three must hold equal logs, all committed.
    { type: 'heal', at: 4_100, core: [0, 1, 2] },
  ];
  const { violation, commits } = play(steps, 4_100);
  expect(violation).toBeNull();
  expect(commits).toBe(41);
});

test('[§5.3] a minority of slow replicas slows nobody down', () => {
  const slow = [3, 4].map((machine): Step => ({ type: 'slow', at: 900, machine, ticks: 200 }));
  const all = [...first(0), ...requests(20)];
  const until = 2_000;
  const fast = play(all, until, five);
  const mixed = play([...first(0), ...slow, ...requests(20)], until, five);
  expect(fast.commits).toBe(21);
  expect(mixed.commits).toBe(fast.commits);
});

test('[§5.6] messages that take longer than an election timeout cost the leader, and never correctness', () => {
  const network = { ...quietWorld.network, delayMin: 700 };
  const heal: Step = { type: 'heal', at: 20_000, core: [0, 1, 2] };
  const { violation, leaders } = play([...requests(10)], 20_000, { network });
  expect(violation).toBeNull();
  expect(leaders).toBe(0);
  // With delays far below the timeout it is live again.
  const { violation: later, commits } = play([...requests(10), heal], 20_000, { network });
  expect(later).toBeNull();
  expect(commits).toBeGreaterThanOrEqual(11);
});
