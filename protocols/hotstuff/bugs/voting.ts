/** Mistakes about what is signed, when, and what of it the disk holds (C3, C9, C11, K2). */
import type { Json, Write } from '../../core/replica.ts';
import type { HotStuffEffect } from '../state.ts';
import { bug, slip, type HotStuffBug } from './bug.ts';

/** Without a part of what is written under `key`, or without the write if nothing is left. */
function unwritten(key: string, kept: (value: Json) => Json | null) {
  return (effect: HotStuffEffect): HotStuffEffect | null => {
    if (effect.type !== 'persist') return effect;
    const writes = effect.writes.flatMap((write): Write[] => {
      if (write.type !== 'put' || write.key !== key) return [write];
      const value = kept(write.value);
      return value === null ? [] : [{ ...write, value }];
    });
    return { ...effect, writes };
  };
}

export const voting: readonly HotStuffBug[] = [
  bug(
    {
      name: 'votes-after-timeout',
      title: 'A view that was given up is still voted in.',
      seenIn: 'C9; relab StopVoting, Diem raises lastVotedRound on timeout',
      breaks: 'safety',
    },
    {
      isVotingOpen: (view, { view: current, vote }) => view === current && view > (vote?.view ?? 0),
    },
  ),
  bug(
    {
      name: 'last-vote-not-asked',
      title: 'Nobody remembers having voted in this view.',
      seenIn: 'C3; toy mutant "honest votes twice in a view"',
      breaks: 'safety',
    },
    { isVotingOpen: (view, { view: current }) => view === current },
  ),
  slip(
    {
      name: 'vote-not-durable',
      title: 'A vote leaves before the disk holds it.',
      seenIn: 'C3, K2; "lastVoted/lock not durable"',
      breaks: 'safety',
    },
    unwritten('safety', () => null),
  ),
  slip(
    {
      name: 'lock-not-durable',
      title: 'The disk holds the last vote, and not the lock that came with it.',
      seenIn: 'C3: "durably in one write"',
      breaks: 'safety',
    },
    unwritten('safety', (value) => ({
      ...(value as Readonly<Record<string, Json>>),
      lock: { view: 0, block: '0'.repeat(64) },
    })),
  ),
  slip(
    {
      name: 'proposal-not-durable',
      title: 'A leader forgets with a restart what it has proposed.',
      seenIn: 'H1, K2',
      breaks: 'safety',
    },
    unwritten('proposal', () => null),
  ),
];
