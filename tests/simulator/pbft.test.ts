/** PBFT under the swarm: the honest protocol through seeds that once led it astray, and its planted mistakes. */
import { describe, expect, test } from 'vitest';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { bugNamed } from '#lib/simulator/arguments.ts';
import { hunt } from '#lib/simulator/bug-lab.ts';
import { runScript, runSeed, type Mode } from '#lib/simulator/run.ts';

const laboratory = laboratoryNamed('pbft');

function run(seed: number, nodes: number, mode: Mode, name: string | null = null) {
  const bug = laboratory.bugs.find((candidate) => candidate.name === name) ?? null;
  return runSeed({ laboratory, bug }, { seed, nodes, mode, eventsMax: 20_000 });
}

test.each([
  [1, 4],
  [2, 5],
  [3, 7],
])(
  '[PI1] to [PI9] seed %i, %i nodes: nothing is broken while everything goes wrong',
  (seed, nodes) => {
    const { violation, commits } = run(seed, nodes, 'safety');
    expect(violation).toBeNull();
    expect(commits).toBeGreaterThan(50);
  },
);

test.each([
  // [P19]: replicas that waited for a view which the others had left already.
  [128, 4],
  [106, 7],
  [135, 7],
  // A quiet cluster in two views, which only the next request can bring together.
  [10, 4],
])('[PI10] seed %i, %i nodes: healed, it answers all', (seed, nodes) => {
  expect(run(seed, nodes, 'liveness').violation).toBeNull();
});

test('[PI10] seed 30901, 4 nodes, a short run: whoever left a view alone keeps its dead proposals, and nothing waits for them', () => {
  const plan = { seed: 30_901, nodes: 4, mode: 'liveness', eventsMax: 300 } as const;
  expect(runSeed({ laboratory, bug: null }, plan).violation).toBeNull();
});

test.each<[number, number, Mode]>([
  [1, 4, 'safety'],
  [3, 7, 'safety'],
  [128, 4, 'liveness'],
])('[PI1] to [PI10] seed %i, %i nodes, tentative execution on: %s', (seed, nodes, mode) => {
  const switches = ['tentative-execution'];
  const told = { seed, nodes, mode, eventsMax: 20_000, switches };
  const { violation, commits } = runSeed({ laboratory }, told);
  expect(violation).toBeNull();
  expect(commits).toBeGreaterThan(10);
});

describe('planted mistakes', () => {
  test.each<[string, number, Mode, string]>([
    ['ignores-prepared', 6, 'safety', 'PI3'],
    ['forgets-prepared', 3, 'safety', 'PI3'],
    ['executes-twice', 1, 'safety', 'PI4'],
  ])('%s is found with seed %i in %s mode, by %s', (name, seed, mode, id) => {
    expect(laboratory.bugs.map((bug) => bug.name)).toContain(name);
    expect(run(seed, 4, mode, name).violation?.id).toBe(id);
  });

  test.each([
    ['primary-counted-twice', 'P7'],
    ['commits-for-prepares', 'P7'],
    ['left-view-obeyed', 'PI7'],
    ['client-table-left-out', 'PI4'],
    ['checkpoint-of-its-own', 'PI8'],
    ['high-water-mark-stands', 'I17'],
    ['timer-starts-again', 'I17'],
    ['tentative-as-final', 'PI9'],
    ['left-view-counted', 'P9'],
    ['early-votes-dropped', 'P9'],
    ['shows-all-that-prepared', 'PI6'],
    ['delivers-twice', 'PI4'],
    ['copies-waited-for', 'P14'],
    ['joins-nobody', 'I17'],
  ])('%s is found within a few seeds, by %s', (name, id) => {
    const bug = bugNamed(laboratory, name);
    const found = hunt({ laboratory, bug, secondsMax: 1, seedsMax: 20, clock: () => 0 });
    expect(found.killedBy?.id).toBe(id);
  });

  const scripted = laboratory.bugs.flatMap((bug) =>
    bug.scripts.map((script) => ({ bug, name: bug.name, title: script.title, script })),
  );

  test('each has a name of its own, says what it does, and is a mistake of the catalogue', () => {
    const { bugs } = laboratory;
    expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
    const numbers = bugs.flatMap(({ seenIn }) => /mistake (\d+)/.exec(seenIn)?.[1] ?? []);
    const all = Array.from({ length: 18 }, (_, i) => String(i + 1));
    expect(all.filter((number) => !numbers.includes(number))).toEqual([]);
  });

  test.each(scripted)('$name is found by its schedule', ({ bug, script }) => {
    expect(runScript({ laboratory, bug }, script).violation).not.toBeNull();
  });

  test.each(scripted)('the honest protocol stands the schedule "$title"', ({ script }) => {
    expect(runScript({ laboratory }, script).violation).toBeNull();
  });
});
