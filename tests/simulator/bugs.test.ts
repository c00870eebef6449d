/** The fast part of the bug lab, and the cutting down of what it finds. */
import { describe, expect, test } from 'vitest';
import { hunt } from '#lib/simulator/bug-lab.ts';
import { runScript, runSeed } from '#lib/simulator/run.ts';
import { shrink } from '#lib/simulator/shrink.ts';
import { tell } from '#lib/simulator/campaign.ts';
import { bugNamed, laboratory } from './fixtures.ts';

/** Who is found within some thousand events, and by what. */
const quick: readonly [bug: string, ids: readonly string[]][] = [
  ['vote-cleared-on-step-down', ['I12']],
  ['vote-not-persisted', ['K2']],
  ['term-not-persisted', ['K2']],
  ['votes-twice-in-a-term', ['I12']],
  ['log-not-compared', ['I4']],
  ['vote-quorum-off-by-one', ['I1', 'I4']],
  ['same-voter-counted-twice', ['I1']],
  ['entries-not-persisted', ['K2', 'I11']],
  ['truncates-without-conflict', ['K2', 'I5', 'I11']],
  ['conflict-not-truncated', ['I3', 'I11']],
  ['commit-index-goes-back', ['I10']],
  ['commit-quorum-off-by-one', ['I6']],
  ['match-index-overwritten', ['I10']],
  ['next-index-behind-match-index', ['I11']],
  ['old-refusal-believed', ['I11']],
  ['duplicate-execution', ['I14']],
  ['newer-term-ignored', ['I12', 'I17']],
  ['term-lowered-by-snapshot', ['I10']],
  ['committed-configuration-elects', ['I1']],
  ['stops-checking-commitment', ['I17']],
];

describe('a planted bug is found', () => {
  test.each(quick)('%s', (name, ids) => {
    const bug = bugNamed(name);
    const found = hunt({ laboratory, bug, secondsMax: 1, seedsMax: 10, clock: () => 0 });
    expect(ids).toContain(found.killedBy?.id);
  });
});

test('every bug has a name of its own and says where it was seen', () => {
  const { bugs } = laboratory;
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  expect(bugs.length).toBeGreaterThanOrEqual(25);
  for (const { name, title, seenIn } of bugs) {
    expect(name).toMatch(/^[a-z-]+$/);
    expect(title.length).toBeGreaterThan(20);
    expect(seenIn).not.toBe('');
  }
});

test.each(laboratory.bugs.flatMap(({ scripts }) => scripts))(
  'the honest protocol stands the schedule "$title"',
  (script) => expect(runScript({ laboratory }, script).violation).toBeNull(),
);

test.each(
  laboratory.bugs.flatMap((bug) => bug.scripts.map((script) => [bug.name, script] as const)),
)('%s is found by its schedule', (name, script) => {
  expect(runScript({ laboratory, bug: bugNamed(name) }, script).violation).not.toBeNull();
});

test('a failing run is cut down to a script that fails in the same way', () => {
  const options = { laboratory, bug: bugNamed('log-not-compared') };
  const { violation, world, steps, ticks } = runSeed(options, {
    seed: 15,
    nodes: 3,
    mode: 'safety',
    eventsMax: 20_000,
  });
  const script = { title: '', protocol: 'raft', bug: null, world, steps: [...steps], until: ticks };
  const shrunk = shrink(options, script, { runsMax: 300 });
  expect(shrunk.outcome.violation?.id).toBe(violation?.id);
  expect(shrunk.script.steps.length).toBeLessThan(steps.length / 2);
  expect(runScript(options, shrunk.script).violation).toEqual(shrunk.outcome.violation);
  expect(tell(options, shrunk.script).length).toBeGreaterThan(3);
});
