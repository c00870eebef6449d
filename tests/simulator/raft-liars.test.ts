/** B.3: a single liar breaks Raft, each in its own way, and the checkers say which promise is gone. */
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { Step, World } from '#protocols/core/schedule.ts';
import type { Outcome } from '#lib/simulator/run.ts';
import { laboratory, play, requests } from './fixtures.ts';

const turn = (machine: number, what: string, more: Partial<Behaviour> = {}, at = 0): Step => ({
  type: 'turn',
  at,
  machine,
  behaviour: { what, to: null, with: [], when: null, ...more },
});
const cut = (at: number, from: number[], to: number[]): Step => ({
  type: 'cut',
  at,
  from,
  to,
  bothWays: true,
});
const mend = (at: number, from: number[], to: number[]): Step => ({ type: 'mend', at, from, to });
const crash = (at: number, machine: number): Step => ({
  type: 'crash',
  at,
  machine,
  write: 'kept',
});
const heal = (at: number, core: number[]): Step => ({ type: 'heal', at, core });
/** Whoever is made to lead: its clock runs fast, so that it stands first. */
const leads = (machine: number): Step => ({ type: 'drift', at: 0, machine, millionths: 900_000 });
const inTime = (steps: Step[]): Step[] => [...steps].sort((a, b) => a.at - b.at);

interface Attack {
  readonly id: string;
  readonly title: string;
  readonly breaks: readonly string[];
  readonly steps: Step[];
  readonly until?: number;
  readonly world?: Partial<World>;
}

const five = { nodes: 5 };

const attacks: readonly Attack[] = [
  {
    id: 'RB1',
    title: 'a usurper overwrites what was committed elsewhere',
    breaks: ['I4', 'I5', 'I6', 'I7', 'A1'],
    steps: [leads(1), turn(0, 'RB1'), ...requests(10)],
  },
  {
    id: 'RB2',
    title: 'two votes in one term make two leaders',
    breaks: ['I1'],
    steps: [turn(0, 'RB2'), cut(0, [1], [2]), ...requests(5)],
  },
  {
    id: 'RB3',
    title: 'what one acknowledged and did not store is committed on too few disks',
    breaks: ['I6'],
    steps: [leads(1), turn(0, 'RB3'), cut(900, [1], [2]), ...requests(10)],
  },
  {
    id: 'RB4',
    title: 'a stale candidate wins, and committed entries are lost',
    breaks: ['I4', 'I5', 'I6', 'I7', 'A1'],
    steps: inTime([
      leads(1),
      cut(1_000, [0], [1, 2]),
      turn(0, 'RB4', {}, 1_000),
      ...requests(10),
      crash(1_600, 1),
      mend(1_601, [0], [2]),
      { type: 'drift', at: 1_602, machine: 0, millionths: 900_000 },
    ]),
  },
  {
    id: 'RB5',
    title: 'a leader gives different entries for one index and term',
    breaks: ['I3', 'I5'],
    steps: [leads(0), turn(0, 'RB5', { to: [1] }), ...requests(10)],
  },
  {
    id: 'RB6',
    title: 'a leader calls committed what no majority holds',
    breaks: ['I6'],
    steps: [leads(0), turn(0, 'RB6', { to: [1] }), cut(1_020, [0], [2, 3, 4]), ...requests(10)],
    world: five,
  },
  {
    id: 'RB7',
    title: 'a forged snapshot is taken over as the state',
    breaks: ['I5'],
    steps: [leads(1), turn(0, 'RB7', { to: [2] }), ...requests(10)],
  },
  {
    id: 'RB8',
    title: 'terms without end: nobody leads for long',
    breaks: ['I17'],
    steps: [turn(0, 'RB8', {}, 900), ...requests(10), heal(2_000, [1, 2])],
  },
  {
    id: 'RB9',
    title: 'a client is told what nobody executed',
    breaks: ['I14', 'I16'],
    steps: [leads(0), turn(0, 'RB9'), ...requests(10)],
  },
  {
    id: 'RB10',
    title: 'elections with a permission that nobody gave',
    breaks: ['I17'],
    steps: [turn(0, 'RB10', {}, 900), ...requests(10), heal(2_000, [1, 2])],
  },
  {
    id: 'G9',
    title: 'a twin that votes and leads twice',
    breaks: ['I1', 'I3', 'I5', 'A1'],
    steps: [turn(0, 'G9', { to: [2] }), cut(0, [1], [2]), ...requests(10)],
  },
  {
    id: 'G10',
    title: 'a voter that forgets its vote and its log elects one who lacks what is committed',
    breaks: ['I4', 'I5', 'I7', 'A1'],
    steps: inTime([
      leads(1),
      cut(1_000, [2], [0, 1]),
      ...requests(10),
      turn(0, 'G10', {}, 1_590),
      crash(1_600, 1),
      mend(1_601, [2], [0]),
    ]),
  },
  {
    id: 'G13',
    title: 'a leader answers its clients wrongly',
    breaks: ['I16'],
    steps: [leads(0), turn(0, 'G13'), ...requests(10)],
  },
  {
    id: 'G16',
    title: 'a term beyond all counting: whoever follows it can never stand again',
    breaks: ['I17', 'A1'],
    steps: [turn(0, 'G16', {}, 900), ...requests(10), heal(2_000, [1, 2])],
  },
];

function run({ steps, until = 6_000, world }: Attack): Outcome {
  return play(steps, until, world);
}

describe('one liar is enough', () => {
  test.each(attacks)('[$id] $title', (attack) => {
    const { violation } = run(attack);
    expect(violation).not.toBeNull();
    expect(attack.breaks).toContain(violation?.id);
    // Without the lie the same schedule breaks nothing.
    const honest = attack.steps.filter(({ type }) => type !== 'turn');
    expect(run({ ...attack, steps: honest }).violation).toBeNull();
  });
});

describe('no harm done', () => {
  test.each(['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G11', 'G12', 'G15', 'G18'])(
    '[%s] nothing is violated, and the others come to rest',
    (what) => {
      for (const liar of [0, 1, 2]) {
        const steps = [turn(liar, what, {}, 900), ...requests(10)];
        const core = [0, 1, 2, 3, 4].filter((i) => i !== liar);
        // A slow or deaf leader keeps its office; the calm begins with its crash.
        const end = [crash(2_500, liar), heal(2_600, core)];
        const { violation, commits } = play([...steps, ...end], 2_600, five);
        expect(violation, `machine ${liar}`).toBeNull();
        expect(commits).toBeGreaterThan(10);
      }
    },
  );

  test('a behaviour that is not on the menu does nothing, and one can be ended', () => {
    const end: Step = { type: 'turn', at: 901, machine: 0, behaviour: null };
    const steps = [leads(0), turn(0, 'RB9', {}, 900), end, turn(1, 'ZZ1', {}, 902), ...requests(5)];
    const { violation, commits } = play(steps, 3_000);
    expect(violation).toBeNull();
    expect(commits).toBeGreaterThan(5);
  });

  test('[when] a lie waits for its terms', () => {
    const later = { when: { from: 5, until: 9 } };
    expect(play([leads(0), turn(0, 'RB9', later), ...requests(5)], 3_000).violation).toBeNull();
  });
});

test('every line of the menu says what it will do', () => {
  const { behaviours } = laboratory;
  expect(new Set(behaviours.map(({ id }) => id)).size).toBe(behaviours.length);
  for (const { title, forecast } of behaviours) {
    expect(title.length).toBeGreaterThan(4);
    expect(forecast({ n: 5, f: 0, liars: 1 })).toMatch(/\.$/);
  }
});
