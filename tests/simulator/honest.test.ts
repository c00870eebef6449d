/** The checkers are silent on the honest protocol, and its runs are not empty. */
import { expect, test } from 'vitest';
import type { TraceEvent } from '#lib/host/trace.ts';
import { noFaults, addFaults, type FaultId } from '#lib/simulator/counts.ts';
import { runScript, runSeed } from '#lib/simulator/run.ts';
import { lineOf } from '#lib/simulator/story.ts';
import { honest, laboratory } from './fixtures.ts';

const seeds = Array.from({ length: 12 }, (_, i) => 5_000 + i);

test.each([3, 4, 5, 7])('[safety] %i nodes: nothing is violated, whatever goes wrong', (nodes) => {
  for (const seed of seeds) {
    const { violation, events } = honest(seed, nodes, 'safety', 5_000);
    expect(violation, `seed ${seed}`).toBeNull();
    expect(events).toBe(5_000);
  }
});

test.each([1, 2, 3, 4, 5, 7])('[I17] %i nodes: a healed core comes to rest', (nodes) => {
  for (const seed of seeds) {
    expect(honest(seed, nodes, 'liveness').violation, `seed ${seed}`).toBeNull();
  }
});

test('[I17] a storm that is cut short is healed there, and rest is waited for', () => {
  for (const seed of seeds) {
    const told = { seed, nodes: 4, mode: 'liveness', eventsMax: 300 } as const;
    const { violation, steps } = runSeed({ laboratory, trace: () => undefined }, told);
    expect(violation, `seed ${seed}`).toBeNull();
    expect(steps.filter(({ type }) => type === 'heal')).toHaveLength(1);
  }
});

test('the swarm has every fault, elections and commits', () => {
  const sum = noFaults();
  let leaders = 0;
  let commits = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const outcome = honest(seed, 5, 'safety', 5_000);
    addFaults(sum, outcome.faults);
    leaders += outcome.leaders;
    commits += outcome.commits;
  }
  const onRequestOnly: FaultId[] = ['turned', 'refused', 'lies'];
  const missing = Object.entries(sum).filter(([, count]) => count === 0);
  expect(missing.map(([id]) => id)).toEqual(onRequestOnly);
  expect(leaders).toBeGreaterThan(100);
  expect(commits).toBeGreaterThan(1_000);
});

test.each(['safety', 'liveness'] as const)('[%s] a run and its script are the same run', (mode) => {
  const told: string[] = [];
  const again: TraceEvent<unknown, unknown>[] = [];
  const drawn = runSeed(
    { laboratory, trace: (event) => void told.push(lineOf(event)) },
    { seed: 3, nodes: 5, mode, eventsMax: 3_000 },
  );
  const script = {
    title: 'the same',
    protocol: 'raft',
    bug: null,
    world: drawn.world,
    steps: [...drawn.steps],
    until: drawn.ticks,
  };
  const { ticks } = runScript({ laboratory, trace: (event) => void again.push(event) }, script);
  expect(ticks).toBe(drawn.ticks);
  expect(told.length).toBeGreaterThan(500);
  expect(again.slice(0, told.length).map(lineOf)).toEqual(told);
  // The seed's run ends with its last event, the script's with the tick of that event.
  for (const { at } of again.slice(told.length)) expect(at).toBe(drawn.ticks);
});
