/** Schedules that lead straight to a mistake. Client i speaks to machine i; machine v mod 4 leads view v. */
import { quietWorld, type Script, type Step, type World } from '../../core/schedule.ts';

const four: World = { ...quietWorld, nodes: 4, clients: 4 };

const puts = (at: number, client: number, count: number): Step[] =>
  Array.from({ length: count }, (_, i) => ({
    type: 'request',
    at: at + 200 * i,
    client,
    command: { op: 'put', key: 'k', value: `${client}.${i}` },
  }));

/** Machine `machine` does `what` from `at` on, to everybody. */
const lies = (at: number, machine: number, what: string): Step => ({
  type: 'turn',
  at,
  machine,
  behaviour: { what, to: null, with: [], when: null },
});

/** Every leader is followed by a liar that shows certificates which are none, one kind after the other. */
export const fakeCertificates = (bug: string): Script => ({
  title: 'a liar shows certificates that are none',
  protocol: 'hotstuff',
  bug,
  world: four,
  steps: [lies(0, 0, 'HB10'), ...puts(10, 1, 20)],
  until: 5_000,
});

/** Machine 3 proposes in vain: timeouts end its views, and the liar that leads the next may choose what to stand on. */
export const staleLeader = (bug: string): Script => ({
  title: 'after each lost view a liar proposes on an old certificate',
  protocol: 'hotstuff',
  bug,
  world: four,
  steps: [
    { type: 'filter', at: 0, from: 3, to: null, message: 'PROPOSAL' },
    ...puts(10, 1, 60),
    lies(4_000, 0, 'HB4'),
  ].sort((a, b) => a.at - b.at) as Step[],
  until: 14_000,
});

/** No three views in a row have three leaders and a fourth to count the last votes. */
export const deadNextLeader: Script = {
  title: 'one of four is down from the beginning',
  protocol: 'hotstuff',
  bug: 'votes-lost-with-leader',
  world: four,
  steps: [
    { type: 'crash', at: 0, machine: 3, write: 'lost' },
    ...puts(10, 1, 2),
    { type: 'heal', at: 1_000, core: [0, 1, 2] },
  ],
  until: 1_000,
};

const often: World = { ...four, snapshots: { every: 5, kept: 0 } };

/** Nothing goes wrong, for many checkpoints. */
export const longRun = (bug: string): Script => ({
  title: 'a long calm',
  protocol: 'hotstuff',
  bug,
  world: often,
  steps: puts(10, 1, 20),
  until: 6_000,
});

/** Every fourth leader names a state that nobody has. */
export const falseStates = (bug: string): Script => ({
  title: 'a liar names a state that nobody has',
  protocol: 'hotstuff',
  bug,
  world: often,
  steps: [lies(0, 0, 'HB18'), ...puts(10, 1, 20)],
  until: 6_000,
});

/** Machine 3 comes back when the blocks it lacks are gone, and hears of the state from the liar alone. */
export const wrongPieces = (bug: string): Script => ({
  title: 'a liar hands a false state to who is far behind',
  protocol: 'hotstuff',
  bug,
  world: often,
  steps: [
    lies(0, 2, 'G14'),
    { type: 'filter', at: 0, from: 0, to: 3, message: 'STABLE' },
    { type: 'filter', at: 0, from: 1, to: 3, message: 'STABLE' },
    { type: 'cut', at: 5, from: [3], to: [0, 1, 2], bothWays: true },
    ...puts(10, 1, 40),
    { type: 'mend', at: 12_000, from: [0, 1, 2, 3], to: [0, 1, 2, 3] },
    ...puts(12_010, 1, 5),
  ],
  until: 20_000,
});
