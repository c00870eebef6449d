/** Schedules that lead straight to mistakes about reads. Client 0 speaks to machine 0 and client 1 to machine 1. */
import { quietWorld, type Script, type Step } from '../../core/schedule.ts';
import { first, hurries, inOrder } from './schedules.ts';

/** From `at` on client 1 writes, and client 0 reads, every ten ticks. */
const writesAndReads = (at: number): Step[] =>
  Array.from({ length: 10 }, (_, i) => at + 10 * i).flatMap((when): Step[] => [
    {
      type: 'request',
      at: when,
      client: 1,
      command: { op: 'put', key: 'k', value: String(when) },
    },
    { type: 'query', at: when, client: 0, key: 'k' },
  ]);

/** 0 speaks to nobody from tick 1,060 on; what it hears until 1,440 are answers from before 1,060, and not until then. */
export const answeredLate: Script = {
  title: 'a deposed leader is asked to read, and then hears old answers first',
  protocol: 'raft',
  bug: 'any-answer-confirms-a-round',
  world: { ...quietWorld, clients: 2 },
  steps: [
    ...first(0),
    { type: 'clog', at: 1_000, from: 1, to: 0, ticks: 440 },
    { type: 'clog', at: 1_000, from: 2, to: 0, ticks: 440 },
    { type: 'cut', at: 1_060, from: [0], to: [1, 2], bothWays: false },
    ...inOrder([...hurries(1, 1_060, 1_400), ...writesAndReads(1_370)]),
  ],
  until: 1_700,
};

/** 0 is left with the two learners; 1 and 2 go on without it. */
export const confirmedByLearners: Script = {
  title: 'a deposed leader is asked to read, and hears only learners',
  protocol: 'raft',
  bug: 'anyone-confirms-a-round',
  world: { ...quietWorld, nodes: 5, newcomers: 2, clients: 2 },
  steps: [
    ...first(0),
    { type: 'membership', at: 300, machine: 0, voters: [0, 1, 2], learners: [3, 4] },
    { type: 'cut', at: 1_060, from: [0, 3, 4], to: [1, 2], bothWays: true },
    ...inOrder([...hurries(1, 1_060, 1_400), ...writesAndReads(1_370)]),
  ],
  until: 1_700,
};
