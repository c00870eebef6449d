/** Mistakes about the state that stands for blocks, and about which blocks it stands for (C14, C15). */
import { bug, type HotStuffBug } from './bug.ts';
import { falseStates, longRun, wrongPieces } from './schedules.ts';

export const states: readonly HotStuffBug[] = [
  bug(
    {
      name: 'vouches-for-any-state',
      title: 'Votes go to a block whatever state it names.',
      seenIn: 'C15: "proven by a commit certificate"',
      breaks: 'safety',
    },
    { mayVouchFor: () => true },
    [falseStates('vouches-for-any-state')],
  ),
  bug(
    {
      name: 'state-not-verified',
      title: 'A state is installed as it came, whatever was vouched for.',
      seenIn: 'C13, C15',
      breaks: 'safety',
    },
    { isVouchedFor: () => true, isPiece: () => true },
    [wrongPieces('state-not-verified')],
  ),
  bug(
    {
      name: 'prunes-above-checkpoint',
      title: 'All that is committed is forgotten, also what no checkpoint stands for.',
      seenIn: 'C14; libhotstuff: "decided blk could possible be incomplete due to pruning"',
      breaks: 'safety',
    },
    { keptFrom: ({ committed }) => committed.height },
  ),
  bug(
    {
      name: 'never-prunes',
      title: 'Blocks are kept although a checkpoint stands for them.',
      seenIn: 'C14, K11',
      breaks: 'liveness',
    },
    { keptFrom: () => 0 },
    [longRun('never-prunes')],
  ),
];
