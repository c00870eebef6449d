/** Schedules that lead straight to mistakes about votes. */
import { quietWorld, type Script } from '../../core/schedule.ts';

/**
 * 0 stands in term 1, and the vote of 1 is long on its way. It stands again in term 2, which nobody hears; there 1 votes
 * for 2. Then the vote of term 1 arrives.
 */
export const voteComesLate: Script = {
  title: 'a vote arrives when its candidate stands in a later term',
  protocol: 'raft',
  bug: 'old-votes-counted',
  world: quietWorld,
  steps: [
    { type: 'clog', at: 0, from: 1, to: 0, ticks: 900 },
    { type: 'filter', at: 0, from: 0, to: 2, message: 'RequestVote' },
    { type: 'drift', at: 0, machine: 0, millionths: 9_000_000 },
    { type: 'filter', at: 60, from: 0, to: 1, message: 'RequestVote' },
    { type: 'cut', at: 120, from: [2], to: [0], bothWays: false },
    { type: 'drift', at: 120, machine: 0, millionths: -990_000 },
    { type: 'drift', at: 130, machine: 2, millionths: 9_000_000 },
  ],
  until: 1_000,
};
