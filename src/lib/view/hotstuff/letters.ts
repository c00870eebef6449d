/** The letters of HotStuff's messages, and which of them belong to a view. */
import type { MessageSummary } from '#protocols/core/protocol.ts';
import type { LetterMeaning } from '../lexicon.ts';
import type { MessageMark } from '../types.ts';

const block = { letters: 'B', name: 'block', means: 'the leader of a view proposes it' } as const;
const timeout = { letters: 'T', name: 'timeout', means: 'its sender gives up on a view' } as const;
const sync = {
  letters: 'S',
  name: 'sync info',
  means: 'the highest certificates of its sender, for who is behind',
} as const;
const heard = {
  letters: 'H',
  name: 'heard',
  means: 'the leader told its sender another block than others voted for',
} as const;

/** Where each block has one round of votes. */
export const chainLetters: readonly LetterMeaning[] = [
  block,
  { letters: 'V', name: 'vote', means: 'for a block, to the leader of the next view' },
  timeout,
  sync,
  heard,
];

/** Where each block has three. */
export const phaseLetters: readonly LetterMeaning[] = [
  block,
  { letters: 'V', name: 'vote', means: 'of one phase, to the leader of the view' },
  { letters: 'PC', name: 'pre-commit', means: 'the leader shows that a quorum prepared the block' },
  { letters: 'C', name: 'commit', means: 'the leader shows that a quorum pre-committed it' },
  { letters: 'D', name: 'decide', means: 'the leader shows that a quorum committed it' },
  { letters: 'NV', name: 'new-view', means: 'to the next leader: the certificates of its sender' },
  timeout,
  sync,
  heard,
];

const lettersOf: Readonly<Record<string, string>> = {
  PROPOSAL: 'B',
  VOTE: 'V',
  'PRE-COMMIT': 'PC',
  COMMIT: 'C',
  DECIDE: 'D',
  'NEW-VIEW': 'NV',
  TIMEOUT: 'T',
  SYNC: 'S',
  HEARD: 'H',
};
/** Good in any view, so that no view's colour fits. */
const viewless = ['REQUEST', 'FETCH', 'BLOCKS'];

export function markMessage({ name, term }: MessageSummary): MessageMark {
  return { letters: lettersOf[name] ?? '', era: viewless.includes(name) ? null : term };
}
