/** The letters of PBFT's messages, as its papers draw them, and which of them belong to a view. */
import type { MessageSummary } from '#protocols/core/protocol.ts';
import type { LetterMeaning } from '../lexicon.ts';
import type { MessageMark } from '../types.ts';

export const letterMeanings: readonly LetterMeaning[] = [
  { letters: 'PP', name: 'pre-prepare', means: 'the primary proposes a batch for a slot' },
  { letters: 'P', name: 'prepare', means: 'a backup heard that proposal, and no other' },
  { letters: 'C', name: 'commit', means: 'its sender saw a quorum for the proposal' },
  { letters: 'VC', name: 'view-change', means: 'its sender asks for the next view' },
  { letters: 'NV', name: 'new-view', means: 'the next primary shows a quorum, and begins' },
  { letters: 'CP', name: 'checkpoint', means: 'the state after a slot, to forget what is below' },
];

const lettersOf: Readonly<Record<string, string>> = Object.fromEntries(
  letterMeanings.map(({ letters, name }) => [name.toUpperCase(), letters]),
);
/** Good in any view, so that no view's colour fits. */
const viewless = [
  'CHECKPOINT',
  'REQUEST',
  'DECIDED',
  'STABLE',
  'BATCH',
  'FETCH',
  'FETCH-BATCH',
  'STATE',
  'DATA',
];

export function markMessage({ name, term }: MessageSummary): MessageMark {
  return { letters: lettersOf[name] ?? '', era: viewless.includes(name) ? null : term };
}
