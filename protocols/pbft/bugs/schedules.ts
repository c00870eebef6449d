/** Schedules that lead straight to a mistake. Client i speaks to machine i; machine v leads view v. */
import { quietWorld, type Script, type Step, type World } from '../../core/schedule.ts';

export const four: World = { ...quietWorld, nodes: 4, clients: 4 };

export const puts = (at: number, client: number, count = 1): Step[] =>
  Array.from({ length: count }, (_, i) => ({
    type: 'request',
    at: at + 20 * i,
    client,
    command: { op: 'put', key: 'k', value: `${client}.${i}` },
  }));

/** Machine `machine` does `what` from the beginning, to everybody. */
export const lies = (machine: number, what: string): Step => ({
  type: 'turn',
  at: 0,
  machine,
  behaviour: { what, to: null, with: [], when: null },
});

export const away = (machine: number, at: number): Step => ({
  type: 'cut',
  at,
  from: [machine],
  to: [0, 1, 2, 3].filter((i) => i !== machine),
  bothWays: true,
});

/** What is committed in view 0 is proposed again in view 1, prepared by nobody there, and view 2 must still know it. */
export const preparedLongAgo: Script = {
  title: 'two view changes in a row, and nothing prepares between them',
  protocol: 'pbft',
  bug: 'forgets-prepared',
  world: four,
  steps: [
    ...puts(10, 1),
    away(0, 200),
    { type: 'filter', at: 200, from: null, to: null, message: 'PREPARE' },
    ...puts(210, 1),
  ],
  until: 8_000,
};

/** View 0 commits a slot; its primary is cut off; the primary of view 1 proposes the null request there. */
export const falseNewView: Script = {
  title: 'a new primary proposes something else than its view changes show',
  protocol: 'pbft',
  bug: 'new-view-not-recomputed',
  world: four,
  steps: [lies(1, 'PB11'), ...puts(10, 1), away(0, 200), ...puts(210, 2)],
  until: 4_000,
};

/** After a true checkpoint, one of the view changes claims a later one that nobody took. */
export const falseCheckpoint: Script = {
  title: 'a view change claims a checkpoint far ahead, with the proof of another',
  protocol: 'pbft',
  bug: 'checkpoint-not-proven',
  world: { ...four, snapshots: { every: 2, kept: 0 } },
  steps: [
    lies(2, 'PB9'),
    ...puts(10, 1, 6),
    away(0, 400),
    ...puts(410, 1),
    { type: 'heal', at: 4_000, core: [0, 1, 2, 3] },
  ],
  until: 4_000,
};

/** Of seven: one primary after the other is cut off, each view serves, and in the end two in a row are gone. */
export const sevenGoodViews: Script = {
  title: 'seven view changes, each to a view that serves, and then two dead primaries in a row',
  protocol: 'pbft',
  bug: 'patience-never-reset',
  world: { ...quietWorld, nodes: 7, clients: 7 },
  steps: [
    ...Array.from({ length: 7 }, (_, view): Step[] => {
      const at = 2_000 * view + 600 * 2 ** view;
      const others = Array.from({ length: 7 }, (__, i) => i).filter((i) => i !== view);
      const until = 2_000 * (view + 1) + 600 * 2 ** (view + 1) - 500;
      return [
        { type: 'cut', at, from: [view], to: others, bothWays: true },
        ...puts(at + 10, (view + 1) % 7),
        { type: 'mend', at: until, from: [view], to: others },
      ];
    }).flat(),
    { type: 'crash', at: 91_000, machine: 0, write: 'lost' },
    { type: 'crash', at: 91_000, machine: 1, write: 'lost' },
    ...puts(91_010, 3),
    { type: 'heal', at: 91_100, core: [2, 3, 4, 5, 6] },
  ],
  until: 91_100,
};
