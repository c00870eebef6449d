/** Each fault does what it says when it is asked for, and is counted. */
import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '#lib/host/trace.ts';
import type { FaultId } from '#lib/simulator/counts.ts';
import { runScript } from '#lib/simulator/run.ts';
import { replicaNumbered } from '#lib/simulator/simulation.ts';
import { quietWorld, type Step, type World } from '#protocols/core/schedule.ts';
import { laboratory, play, requests, script } from './fixtures.ts';

const until = 4_000;
const network = (change: Partial<World['network']>): Partial<World> => ({
  network: { ...quietWorld.network, ...change },
});
const all = [0, 1, 2];
const at = 1_500;

test('a quiet world has none of them but delay, and answers everything', () => {
  const { faults, leaders, commits, violation } = play(requests(10), until);
  expect(violation).toBeNull();
  expect(leaders).toBe(1);
  expect(commits).toBe(11);
  const { F1, ...others } = faults;
  expect(F1).toBeGreaterThan(100);
  expect(Object.values(others).every((count) => count === 0)).toBe(true);
});

describe('the network', () => {
  test.each<[FaultId, string, Partial<World['network']>]>([
    ['F1', 'delay', { delayMin: 10, delayMean: 20 }],
    ['F2', 'loss', { lossPerMille: 200 }],
    ['F3', 'repetition', { repeatPerMille: 300 }],
    ['F4', 'reordering by delay', { delayMean: 60 }],
    ['F6', 'bounded capacity', { pathCapacity: 1, delayMean: 60 }],
  ])('[%s] %s', (id, _what, change) => {
    const { faults, violation } = play(requests(40), until, network(change));
    expect(faults[id]).toBeGreaterThan(3);
    expect(violation).toBeNull();
  });

  test('[F5, F10] what travels on a clogged link waits, and arrives', () => {
    const clog: Step = { type: 'clog', at, from: 0, to: 1, ticks: 500 };
    const back: Step = { type: 'clog', at, from: 1, to: 0, ticks: 500 };
    const { faults, commits } = play([...requests(10), clog, back].sort(byTime), until);
    expect(faults.F5).toBe(2);
    expect(faults.F10).toBeGreaterThan(2);
    expect(commits).toBeGreaterThanOrEqual(11);
  });

  test('[F7] who is cut off from a majority commits nothing', () => {
    const cut: Step = { type: 'cut', at: 900, from: [0], to: [1, 2], bothWays: true };
    const other: Step = { type: 'cut', at: 900, from: [1], to: [2], bothWays: true };
    const { faults, commits } = play([cut, other, ...requests(10)], until);
    expect(faults.F7).toBe(2);
    expect(faults.cut).toBeGreaterThan(10);
    expect(commits).toBe(1);
  });

  test('[F8] a one-way cut lets the other way pass', () => {
    const deaf: Step = { type: 'cut', at: 0, from: [1, 2], to: [0], bothWays: false };
    const heard = new Set<string>();
    const trace = ({ replica, cause }: TraceEvent<unknown, unknown>): void => {
      if (cause.type === 'receive') heard.add(`${cause.from} ${replica}`);
    };
    const plan = script([deaf, ...requests(10)], until);
    const { faults, leaders, violation } = runScript({ laboratory, trace }, plan);
    const [r0, r1] = [replicaNumbered(0), replicaNumbered(1)];
    expect(faults.F8).toBe(1);
    expect(heard).toContain(`${r0} ${r1}`);
    expect(heard).not.toContain(`${r1} ${r0}`);
    // R23, R24: it asks for ever whether it could win, and unseats nobody.
    expect(leaders).toBe(1);
    expect(violation).toBeNull();
  });

  test('[F9] messages of one name are stopped, and no others', () => {
    const message = 'RequestVoteResponse';
    const filter: Step = { type: 'filter', at: 0, from: null, to: null, message };
    const stopped = play([filter], until);
    expect(stopped.faults.F9).toBeGreaterThan(3);
    expect(stopped.leaders).toBe(0);
    const later = play([filter, { type: 'unfilter', at: 1_000 }], until);
    expect(later.leaders).toBe(1);
  });
});

describe('machines', () => {
  test('[F11] all crash, come back, and still know everything', () => {
    const crashes = all.map((machine): Step => ({
      type: 'crash',
      at: 1_600,
      machine,
      write: 'lost',
    }));
    const restarts = all.map((machine): Step => ({ type: 'restart', at: 2_000, machine }));
    const steps = [
      ...requests(10),
      ...crashes,
      ...restarts,
      { type: 'heal', at: 3_000, core: all },
    ];
    const { faults, commits, violation } = play(steps as Step[], until);
    expect(violation).toBeNull();
    expect(faults.F11).toBe(3);
    expect(commits).toBe(12);
  });

  test('[F12] a paused majority answers nobody until it wakes', () => {
    const pauses = [0, 1].map((machine): Step => ({ type: 'pause', at: 900, machine }));
    const paused = play([...pauses, ...requests(5)], 2_500);
    expect(paused.faults.F12).toBe(2);
    expect(paused.commits).toBeLessThan(2);
    const wakes = [0, 1].map((machine): Step => ({ type: 'wake', at: 2_500, machine }));
    const awake = play([...pauses, ...requests(5), ...wakes], 5_000);
    expect(awake.commits).toBeGreaterThanOrEqual(6);
    expect(awake.violation).toBeNull();
  });

  test('[F13] slow machines take longer over the same', () => {
    const slow = all.map((machine): Step => ({ type: 'slow', at: 900, machine, ticks: 100 }));
    const fast = play(requests(10), 1_600);
    const late = play([...slow, ...requests(10)], 1_600);
    expect(late.faults.F13).toBe(3);
    expect(late.commits).toBeLessThan(fast.commits);
  });

  test('[F14] a leap of the clock is time lost; a fast clock stands for election first', () => {
    const jump = all.map((machine): Step => ({ type: 'jump', at: 1_000, machine, ticks: 10_000 }));
    const leapt = play([...jump], until);
    expect(leapt.faults.F14).toBe(3);
    // A leader that slept so long leads no more.
    expect(leapt.leaders).toBe(2);
    const { violation, leaders } = play(
      [{ type: 'drift', at: 0, machine: 2, millionths: 4_000_000 }],
      until,
    );
    expect(violation).toBeNull();
    expect(leaders).toBeGreaterThan(0);
  });

  test('[F15] a write under way in a crash is lost or torn, and nobody had been told', () => {
    const world = { disk: { delayMin: 40, delayMean: 0, lieTicks: 0 } };
    const steps = [1_010, 1_120, 1_230, 1_340].flatMap((crashAt, i): Step[] => [
      { type: 'crash', at: crashAt, machine: i % 3, write: i % 2 === 0 ? 'lost' : 'torn' },
      { type: 'restart', at: crashAt + 50, machine: i % 3 },
    ]);
    const { faults, violation } = play([...requests(20), ...steps].sort(byTime), until, world);
    expect(faults.F15).toBeGreaterThan(0);
    expect(violation).toBeNull();
  });

  test('[F16, F17] who lost its disk stays away', () => {
    const lose: Step = { type: 'lose', at: 1_300, machine: 1 };
    const restart: Step = { type: 'restart', at: 1_400, machine: 1 };
    const { faults, violation } = play([...requests(20), lose, restart].sort(byTime), until);
    expect(faults.F17).toBe(1);
    expect(violation).toBeNull();
    const two = [0, 1].map((machine): Step => ({ type: 'lose', at: 900, machine }));
    expect(play([...two, ...requests(5)], until).commits).toBeLessThan(2);
  });

  test('a disk that lies breaks what Raft assumes, and the checkers see it', () => {
    const world = { disk: { delayMin: 1, delayMean: 0, lieTicks: 5_000 } };
    const crashes = all.map((machine): Step => ({
      type: 'crash',
      at: 1_600,
      machine,
      write: 'lost',
    }));
    const restarts = all.map((machine): Step => ({ type: 'restart', at: 1_700, machine }));
    const { faults, violation } = play([...requests(10), ...crashes, ...restarts], 6_000, world);
    expect(faults.lies).toBeGreaterThan(3);
    expect(violation).not.toBeNull();
  });

  test('[F19] what a person asks of a machine reaches it', () => {
    const transfer: Step = { type: 'transfer', at: 1_000, machine: 0, to: 1 };
    const members: Step = { type: 'membership', at: 1_001, machine: 0, voters: all, learners: [] };
    expect(play([transfer, members], until).faults.F19).toBe(2);
  });
});

test('[F21] clients repeat themselves and vanish, and everything executes once', () => {
  const vanish: Step = { type: 'vanish', at: 1_701, client: 0 };
  const { faults, violation } = play([...requests(30), vanish].sort(byTime), until, {
    clientRepeatPerMille: 700,
  });
  expect(faults.F21).toBeGreaterThan(10);
  expect(violation).toBeNull();
});

function byTime(a: Step, b: Step): number {
  return a.at - b.at;
}
