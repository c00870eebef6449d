/** Schedules that lead straight to mistakes about the log and what is committed of it. Client i speaks to machine i. */
import { quietWorld, type Script, type Step } from '../../core/schedule.ts';
import { first, hurries, inOrder, neverStand } from './schedules.ts';

const puts = (at: number, client: number, count: number): Step[] =>
  Array.from({ length: count }, (_, i) => ({
    type: 'request',
    at: at + i,
    client,
    command: { op: 'put', key: 'k', value: `${client}.${i}` },
  }));

/** Figure 8 of the paper, its servers S1 to S5 numbered from 0. */
export const figureEight: Script = {
  title: 'Figure 8: an entry of term 1 gets a majority in term 3, and one of term 2 overwrites it',
  protocol: 'raft',
  bug: 'old-term-committed-by-counting',
  world: { ...quietWorld, nodes: 5, clients: 5 },
  steps: inOrder([
    ...first(0),
    ...neverStand(1, 2, 3),
    // (a) S1 leads, and replicates to S2 alone.
    { type: 'cut', at: 900, from: [0], to: [2, 3, 4], bothWays: true },
    ...puts(1_000, 0, 1),
    // (b) S1 crashes. S5 leads by the votes of S3, S4 and itself, and takes in another entry.
    { type: 'crash', at: 1_020, machine: 0, write: 'kept' },
    { type: 'cut', at: 1_020, from: [1], to: [0, 2, 3, 4], bothWays: true },
    ...hurries(4, 1_020, 1_400),
    { type: 'cut', at: 1_400, from: [4], to: [0, 1, 2, 3], bothWays: true },
    ...puts(1_410, 4, 1),
    // (c) S5 crashes. S1 leads again, and what it has gets a majority.
    { type: 'crash', at: 1_450, machine: 4, write: 'kept' },
    { type: 'restart', at: 1_460, machine: 0 },
    { type: 'mend', at: 1_460, from: [0, 1], to: [0, 1, 2, 3] },
    ...hurries(0, 1_460, 1_900),
    // (d) S1 crashes. S5 leads by the votes of S3 and S4.
    { type: 'crash', at: 1_950, machine: 0, write: 'kept' },
    { type: 'cut', at: 1_950, from: [1], to: [2, 3, 4], bothWays: true },
    { type: 'restart', at: 1_950, machine: 4 },
    { type: 'mend', at: 1_950, from: [4], to: [2, 3] },
    ...hurries(4, 1_960, 2_900),
  ]),
  until: 3_000,
};

/** 0 takes in ten entries that nobody hears of; then 1 commits one with 2. */
export const manyOldEntries: Script = {
  title: 'a deposed leader comes back with a long log of old entries',
  protocol: 'raft',
  bug: 'longer-log-wins',
  world: { ...quietWorld, clients: 2 },
  steps: inOrder([
    ...first(0),
    ...neverStand(2),
    { type: 'cut', at: 1_000, from: [0], to: [1, 2], bothWays: true },
    ...puts(1_010, 0, 10),
    ...hurries(1, 1_010, 1_500),
    ...puts(1_500, 1, 1),
    { type: 'cut', at: 1_550, from: [1], to: [0, 2], bothWays: true },
    { type: 'mend', at: 1_550, from: [0], to: [2] },
    ...hurries(0, 1_550, 2_400),
  ]),
  until: 2_500,
};

/** What 0 sends 2 in term 1 arrives when 2 has acknowledged another entry in its place and has just restarted. */
export const oldAppend: Script = {
  title: 'an append of a deposed leader reaches a replica that has just restarted',
  protocol: 'raft',
  bug: 'old-leader-obeyed',
  world: { ...quietWorld, clients: 2 },
  steps: inOrder([
    ...first(0),
    ...neverStand(2),
    { type: 'clog', at: 1_000, from: 0, to: 2, ticks: 900 },
    { type: 'cut', at: 1_000, from: [0], to: [1], bothWays: true },
    ...puts(1_010, 0, 1),
    ...hurries(1, 1_010, 1_500),
    ...puts(1_500, 1, 1),
    { type: 'cut', at: 1_860, from: [1], to: [2], bothWays: true },
    { type: 'crash', at: 1_870, machine: 2, write: 'kept' },
    { type: 'restart', at: 1_880, machine: 2 },
    // Both have lost the other entry now, and elect one of them.
    ...hurries(0, 1_950, 2_900),
  ]),
  until: 3_000,
};

/** In term 1, 2 acknowledges eight entries to 0, which 1 then overwrites in term 2; it arrives when 0 leads in term 3. */
export const oldAcknowledgement: Script = {
  title:
    'an acknowledgement reaches its leader in a later office of his, after what it was for was overwritten',
  protocol: 'raft',
  bug: 'old-acknowledgements-counted',
  world: { ...quietWorld, nodes: 5, clients: 2 },
  steps: inOrder([
    ...first(0),
    ...neverStand(2, 3, 4),
    { type: 'cut', at: 900, from: [0, 2], to: [1, 3, 4], bothWays: true },
    { type: 'clog', at: 900, from: 2, to: 0, ticks: 2_000 },
    ...puts(950, 0, 8),
    ...hurries(1, 910, 1_500),
    { type: 'mend', at: 1_600, from: [0, 2], to: [1, 3, 4] },
    { type: 'cut', at: 1_990, from: [0], to: [2], bothWays: false },
    { type: 'transfer', at: 2_000, machine: 1, to: 0 },
    ...puts(2_100, 1, 10),
  ]),
  until: 3_000,
};
