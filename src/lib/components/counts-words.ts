/** What was counted, in sentences. */
import type { Lexicon } from '../view/lexicon.ts';
import type { CountsView } from '../view/measured-types.ts';

/** What a protocol decides one after the other. */
export type Decided = Pick<Lexicon, 'entry' | 'anEntry' | 'entries'>;

/** What was measured, beside what theory says. */
type Measurement = Pick<CountsView, 'n' | 'decisions' | 'all' | 'perRound' | 'theory'>;

/** `8.0`, `0.17`: as exact as a person needs. */
export function rate(messages: number): string {
  return messages.toFixed(messages > 0 && messages < 1 ? 2 : 1);
}

/** `Measured: 8.0 messages for each of the last 12 entries.` */
export function measuredSentence({ n, decisions, all }: Measurement, words: Decided): string {
  if (n < 2) return 'One replica alone sends no messages.';
  if (decisions === 0) return 'Nothing is decided yet: send a command.';
  const each =
    decisions === 1 ? `the only ${words.entry}` : `each of the last ${decisions} ${words.entries}`;
  return `Measured: ${rate(all / decisions)} messages for ${each}.`;
}

/** How that compares with theory; empty before anything was measured. */
export function comparedSentence(
  { n, decisions, all, perRound, theory }: Measurement,
  { anEntry, entries }: Decided,
): string {
  const [most, least] = [theory[0], theory.at(-1)];
  if (n < 2 || decisions === 0 || !most || !least) return '';
  const inWords = ({ title, text, all }: typeof least) =>
    `of ${anEntry} ${title}: ${`${text} = ${all}`.replaceAll(' ', '\u00a0')}`;
  const same = theory.find((formula) => all === decisions * formula.all);
  if (same) return `Just what theory says ${inWords(same)}.`;
  if (all > decisions * most.all) {
    return `Theory says ${inWords(most)}. More was sent: one is under way, or a leader has changed.`;
  }
  if (perRound >= 1.1) {
    return `${rate(perRound)} ${entries} on average shared a round of messages, and its cost. Theory says ${inWords(least)}.`;
  }
  const said = [...new Set([inWords(least), inWords(most)])].join('; ');
  return `Theory says ${said}. Who is down or cut off does not answer.`;
}
