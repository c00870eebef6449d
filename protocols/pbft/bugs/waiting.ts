/** Mistakes about whom to wait for, and for how long (P14, P19). */
import { bug, type PbftBug } from './bug.ts';
import { sevenGoodViews } from './schedules.ts';

export const waiting: readonly PbftBug[] = [
  bug(
    {
      name: 'timer-starts-again',
      title: 'Whatever happens, the timer of an awaited request starts again.',
      seenIn: 'P14; classic mistake 9',
      breaks: 'liveness',
    },
    { isAwaitedDone: ({ awaited }) => awaited !== null },
  ),
  bug(
    {
      name: 'patience-never-reset',
      title: 'Each view change doubles the wait, and progress does not end that.',
      seenIn: 'P19; classic mistake 11',
      breaks: 'liveness',
    },
    { fruitlessAfterProgress: ({ fruitlessViewChanges }) => fruitlessViewChanges },
    [sevenGoodViews],
  ),
];
