/** HotStuff under the swarm: the honest rule sets through seeds. */
import { describe, expect, test } from 'vitest';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { runSeed, type Mode } from '#lib/simulator/run.ts';

function run(
  name: 'hotstuff' | 'jolteon' | 'basichotstuff',
  seed: number,
  nodes: number,
  mode: Mode,
) {
  const eventsMax = 10_000;
  const laboratory = laboratoryNamed(name);
  return runSeed({ laboratory }, { seed, nodes, mode, eventsMax, liars: 'tolerated' });
}

describe.each(['hotstuff', 'jolteon', 'basichotstuff'] as const)('%s', (name) => {
  test.each([
    [1, 4],
    [2, 5],
    [3, 7],
  ])(
    '[CI1] to [CI9] seed %i, %i nodes: nothing is broken while everything goes wrong',
    (seed, nodes) => {
      const { violation, commits } = run(name, seed, nodes, 'safety');
      expect(violation).toBeNull();
      expect(commits).toBeGreaterThan(10);
    },
  );

  test.each([
    [3, 4],
    [5, 4],
    [10, 7],
  ])('[CI10] seed %i, %i nodes: healed, it answers all', (seed, nodes) => {
    expect(run(name, seed, nodes, 'liveness').violation).toBeNull();
  });
});

test('[CI5] a certificate older than the highest commits nothing by itself', () => {
  const laboratory = laboratoryNamed('hotstuff');
  const told = { seed: 13_599, nodes: 4, mode: 'safety', eventsMax: 300 } as const;
  expect(runSeed({ laboratory }, { ...told, liars: 'tolerated' }).violation).toBeNull();
});

test('[C19] who knows of a commit that the branch does not show still helps those who do not', () => {
  const laboratory = laboratoryNamed('hotstuff');
  const told = { seed: 30_526, nodes: 7, mode: 'liveness', eventsMax: 3_000 } as const;
  expect(runSeed({ laboratory }, { ...told, liars: 'tolerated' }).violation).toBeNull();
});
