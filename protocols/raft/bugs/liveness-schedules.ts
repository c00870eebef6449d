/** Schedules that lead straight to mistakes which only show when all is well again. */
import { quietWorld, type Script, type Step } from '../../core/schedule.ts';
import { first } from './schedules.ts';

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

/** Machine 2 hears nobody, and asks for votes three times as often as its clock should let it. */
const babbling = (at: number): Step[] => [
  { type: 'cut', at: 1_500, from: all, to: all, bothWays: true },
  { type: 'drift', at: 1_500, machine: 2, millionths: 2_000_000 },
  { type: 'mend', at, from: [2], to: [0, 1] },
  { type: 'cut', at, from: [0, 1], to: [2], bothWays: false },
  { type: 'heal', at: at + 1_000, core: [0, 1] },
];

export const asksWithoutEnd: Script = {
  title: 'a machine that hears nobody asks in vain for votes that it would get',
  protocol: 'raft',
  bug: 'pre-vote-restarts-timer',
  world: quietWorld,
  steps: babbling(2_500),
  until: 3_500,
};

export const asksBehindWithoutEnd: Script = {
  title: 'a machine whose log is behind asks for votes that nobody may give',
  protocol: 'raft',
  bug: 'refusal-restarts-timer',
  world: quietWorld,
  steps: [
    ...first(0),
    { type: 'cut', at: 900, from: [2], to: [0, 1], bothWays: true },
    { type: 'request', at: 1_000, client: 0, command: { op: 'put', key: 'k', value: '1' } },
    ...babbling(2_500),
  ],
  until: 3_500,
};

/** Machine 3 reaches 1 and 2 but not 0, which leads them. */
export const deafToItsLeader: Script = {
  title:
    'a machine that does not hear the leader, and everyone else, stands for election again and again',
  protocol: 'raft',
  bug: 'no-stickiness',
  world: { ...quietWorld, nodes: 5 },
  steps: [
    ...first(0),
    { type: 'crash', at: 1_500, machine: 4, write: 'lost' },
    { type: 'cut', at: 1_500, from: [0], to: [3], bothWays: true },
    { type: 'heal', at: 1_500, core: all },
  ],
  until: 1_500,
};

/** All hold the request, its leader does not know, and then neither it nor the client is there any more. */
export const leftUncommitted: Script = {
  title: 'an entry is on every replica when its leader crashes, and nobody asks for anything again',
  protocol: 'raft',
  bug: 'no-entry-of-its-own',
  world: quietWorld,
  steps: [
    ...first(0),
    { type: 'filter', at: 990, from: null, to: 0, message: 'AppendEntriesResponse' },
    { type: 'request', at: 1_000, client: 0, command: { op: 'put', key: 'k', value: '1' } },
    { type: 'vanish', at: 1_010, client: 0 },
    { type: 'crash', at: 1_010, machine: 0, write: 'kept' },
    { type: 'heal', at: 1_020, core: all },
  ],
  until: 1_020,
};
