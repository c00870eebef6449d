/** Mistakes about giving up views, and for how long to wait (C13, C22, C25, C27). */
import type { HotStuffEffect } from '../state.ts';
import { timers } from '../pacemaker.ts';
import { bug, slip, type HotStuffBug } from './bug.ts';
import { deadNextLeader } from './schedules.ts';

/** Past it a factor is no number of ticks any more. */
const doublingsMax = 32;

function withoutVote(effect: HotStuffEffect): HotStuffEffect {
  if (effect.type !== 'send' || effect.message.type !== 'TIMEOUT') return effect;
  return { ...effect, message: { ...effect.message, vote: null } };
}

export const waiting: readonly HotStuffBug[] = [
  slip(
    {
      name: 'votes-lost-with-leader',
      title: 'A vote goes to the next leader and to nobody else, whether that is there or not.',
      seenIn: 'C27: naive round robin never commits at n = 4 with one crashed',
      breaks: 'liveness',
    },
    withoutVote,
    [deadNextLeader],
  ),
  bug(
    {
      name: 'timer-doubles-for-ever',
      title: 'Each lost view doubles the wait, without a cap, and commits do not end that.',
      seenIn: 'C25; "the vulnerability of timer doubling mechanism"',
      breaks: 'liveness',
    },
    {
      timerFactor: ({ fruitlessViews }) => 2 ** Math.min(fruitlessViews, doublingsMax),
      fruitlessAfterCommit: ({ fruitlessViews }) => fruitlessViews,
    },
  ),
  bug(
    {
      name: 'timeouts-not-collected',
      title: 'A quorum that gives up a view does not end it.',
      seenIn: 'C20',
      breaks: 'liveness',
    },
    { timeoutsWith: () => null },
  ),
  slip(
    {
      name: 'asks-once-for-blocks',
      title: 'Who does not get the blocks it asked for asks nobody else.',
      seenIn: 'C13',
      breaks: 'liveness',
    },
    (effect) => (effect.type === 'setTimer' && effect.timer === timers.fetch ? null : effect),
  ),
];
