/** Schedules that lead straight to mistakes about who counts. */
import { quietWorld, type Script, type Step } from '../../core/schedule.ts';
import { first, hurries } from './schedules.ts';

const all = [0, 1, 2];

/** Whoever leads is asked for the second change before anybody has acknowledged the first. */
export const changesAtOnce: Script = {
  title: 'a voter is removed, and at once added again',
  protocol: 'raft',
  bug: 'changes-overlap',
  world: quietWorld,
  steps: [1_000, 1_001].flatMap((at) =>
    all.map((machine) => {
      const voters = at === 1_000 ? [0, 1] : all;
      return { type: 'membership', at, machine, voters, learners: [] } as const;
    }),
  ),
  until: 2_000,
};

/** Machine 3 is asked again and again: whenever it leads, before its first entry can be committed. */
const asked = Array.from({ length: 60 }, (_, i): Step => {
  return { type: 'membership', at: 1_250 + 10 * i, machine: 3, voters: [1, 2, 3], learners: [] };
});

/**
 * Of four, 0 leads and removes 3, which nobody hears. Then 3 leads by the votes of the other two, 1 gets none of its
 * entries, and it removes 0, with 2 alone. Majorities of the two results need not meet: 0 comes back, wins with 1.
 */
export const bugOf2015: Script = {
  title: 'two leaders after each other change the same configuration',
  protocol: 'raft',
  bug: 'change-before-own-entry',
  world: { ...quietWorld, nodes: 4 },
  steps: [
    ...first(0),
    { type: 'cut', at: 1_000, from: [0], to: [1, 2, 3], bothWays: true },
    { type: 'membership', at: 1_001, machine: 0, voters: [0, 1, 2], learners: [] },
    { type: 'filter', at: 1_001, from: 3, to: 1, message: 'AppendEntries' },
    { type: 'drift', at: 1_002, machine: 3, millionths: 9_000_000 },
    ...asked,
    { type: 'cut', at: 1_900, from: [3], to: [0, 1, 2], bothWays: true },
    { type: 'mend', at: 1_900, from: [0], to: [1, 2] },
    ...hurries(0, 1_901, 3_000),
  ],
  until: 3_500,
};
