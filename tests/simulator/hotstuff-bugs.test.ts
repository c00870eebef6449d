/** A.4.9: HotStuff's planted mistakes, and who finds them. */
import { describe, expect, test } from 'vitest';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { bugNamed } from '#lib/simulator/arguments.ts';
import { hunt } from '#lib/simulator/bug-lab.ts';
import { runScript, runSeed } from '#lib/simulator/run.ts';

const laboratory = laboratoryNamed('hotstuff');

describe('planted mistakes', () => {
  test.each([
    ['quorum-of-two-f', 'CI6'],
    ['commits-across-gaps', 'CI5'],
    ['commits-two-chain', 'CI5'],
    ['executes-twice', 'CI9'],
    ['last-commands-not-pushed', 'I17'],
    ['votes-after-timeout', 'CI3'],
    ['last-vote-not-asked', 'CI3'],
    ['vote-not-durable', 'K2'],
    ['lock-not-durable', 'K2'],
    ['proposal-not-durable', 'K2'],
    ['votes-lost-with-leader', 'I17'],
    ['timer-doubles-for-ever', 'I17'],
    ['timeouts-not-collected', 'I17'],
    ['asks-once-for-blocks', 'I17'],
    ['prunes-above-checkpoint', 'C14'],
  ])('%s is found within a few seeds, by %s', (name, id) => {
    const bug = bugNamed(laboratory, name);
    const found = hunt({ laboratory, bug, secondsMax: 1, seedsMax: 6, clock: () => 0 });
    expect(found.killedBy?.id).toBe(id);
  });

  const scripted = laboratory.bugs.flatMap((bug) =>
    bug.scripts.map((script) => ({ bug, name: bug.name, title: script.title, script })),
  );
  const finders: Readonly<Record<string, string>> = {
    'lock-not-checked': 'B.4',
    'lock-never-set': 'CI7',
    'votes-lost-with-leader': 'I17',
    'never-prunes': 'K11',
    'vouches-for-any-state': 'A1',
    'state-not-verified': 'CI8',
  };

  test.each(scripted)('$name is found by its schedule', ({ bug, name, script }) => {
    const { violation } = runScript({ laboratory, bug }, script);
    expect(violation?.id).toBe(finders[name] ?? 'CI6');
  });

  test.each(scripted)('the honest protocol stands the schedule "$title"', ({ script }) => {
    expect(runScript({ laboratory }, script).violation).toBeNull();
  });

  test('there are at least fourteen, each with a name of its own', () => {
    const names = laboratory.bugs.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(14);
  });
});

test('[CI3] seed 18, 3 nodes: a timeout that a crash kept from leaving forbids no vote', () => {
  const told = { seed: 18, nodes: 3, mode: 'safety', eventsMax: 10_000 } as const;
  expect(runSeed({ laboratory }, told).violation).toBeNull();
});
