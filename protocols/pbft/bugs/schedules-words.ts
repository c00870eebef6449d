/** Schedules in which one machine lies in its words: what the rules refuse, and a check left out lets in. */
import type { Script } from '../../core/schedule.ts';
import { away, four, lies, puts } from './schedules.ts';

/** While the honest still move to view 1, one machine says that it moves to view 2, 3, 4 and so on. */
export const leap: Script = {
  title: 'the primary is cut off, and one machine wants to be in ever later views',
  protocol: 'pbft',
  bug: 'joins-largest-view',
  world: four,
  steps: [lies(3, 'PB10'), ...puts(10, 1, 8), away(0, 400), ...puts(410, 2)],
  until: 4_000,
};

/** The primary of view 0 comes back when the others are in view 1, hears none of them, and goes on with the view one off. */
export const usurper: Script = {
  title: 'the primary of a view that was left proposes in the next',
  protocol: 'pbft',
  bug: 'anyone-proposes',
  world: four,
  steps: [
    lies(0, 'MU1'),
    ...puts(10, 1),
    away(0, 200),
    ...puts(210, 1),
    { type: 'mend', at: 2_000, from: [0], to: [1, 2, 3] },
    { type: 'cut', at: 2_000, from: [1, 2, 3], to: [0], bothWays: false },
    ...puts(2_010, 0, 10),
  ],
  until: 4_000,
};

/** Machine 1 is told both stories, and lies about nothing. */
export const secondProposal: Script = {
  title: 'a primary proposes two batches for one slot, both to the same backup',
  protocol: 'pbft',
  bug: 'second-proposal-taken',
  world: four,
  steps: [
    {
      type: 'turn',
      at: 0,
      machine: 0,
      behaviour: { what: 'PB1', to: [2], with: [1], when: null },
    },
    ...puts(10, 0, 3),
  ],
  until: 2_000,
};

export const prepareTwice: Script = {
  title: 'a view change shows certificates with one prepare twice',
  protocol: 'pbft',
  bug: 'prepares-counted-by-number',
  world: four,
  steps: [lies(2, 'PB22'), ...puts(10, 1), away(0, 200), ...puts(210, 1)],
  until: 4_000,
};

export const checkpointTwice: Script = {
  title: 'a view change shows a checkpoint that one machine signed twice',
  protocol: 'pbft',
  bug: 'checkpoints-counted-by-number',
  world: { ...four, snapshots: { every: 2, kept: 0 } },
  steps: [lies(2, 'PB22'), ...puts(10, 1, 6), away(0, 400), ...puts(410, 1)],
  until: 4_000,
};
