/** Schedules that lead straight to a mistake which chance takes long to find. */
import { quietWorld, type Script } from '../../core/schedule.ts';

const all = [0, 1, 2];

/** The only request is committed at tick 1,010 or so; its news, two ticks later, reach nobody. */
export const commitNewsLost: Script = {
  title: 'the news of the last commit is lost, and nobody asks for anything again',
  protocol: 'raft',
  bug: 'lags-until-next-command',
  world: quietWorld,
  steps: [
    { type: 'request', at: 1_000, client: 0, command: { op: 'put', key: 'k', value: '1' } },
    { type: 'cut', at: 1_012, from: all, to: all, bothWays: true },
    { type: 'mend', at: 1_022, from: all, to: all },
    { type: 'heal', at: 1_100, core: all },
  ],
  until: 1_100,
};

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
