/** What was counted, in sentences. */
import type { CountsView } from '../view/measured-types.ts';
import { count } from './words.ts';

/** `8.0`, `0.17`: as exact as a person needs. */
export function rate(messages: number): string {
  return messages.toFixed(messages > 0 && messages < 1 ? 2 : 1);
}

/** `Measured: 8.0 messages for each of the last 12 entries.` */
export function measuredSentence({ n, decisions, all }: CountsView): string {
  if (n < 2) return 'One replica alone sends no messages.';
  if (decisions === 0) return 'Nothing is in the log yet: send a command.';
  const entries = decisions === 1 ? 'the only entry' : `each of the last ${decisions} entries`;
  return `Measured: ${rate(all / decisions)} messages for ${entries}.`;
}

/** How that compares with theory; empty before anything was measured. */
export function comparedSentence({ n, decisions, all, perRound, theory }: CountsView): string {
  const [most, least] = [theory[0], theory.at(-1)];
  if (n < 2 || decisions === 0 || !most || !least) return '';
  const inWords = (formula: typeof least) => `${formula.title} ${formula.text} = ${formula.all}`;
  const same = theory.find((formula) => all === decisions * formula.all);
  if (same) return `Just what theory says: ${inWords(same)}.`;
  const each = all / decisions;
  if (each > most.all) {
    return `Theory says ${inWords(most)}. More was sent: a command is under way, or somebody was asked again.`;
  }
  if (perRound >= 1.1) {
    return `${rate(perRound)} entries shared a round of messages on average, and its cost. Theory, of one for each: ${inWords(least)}.`;
  }
  if (each < least.all) {
    return `Theory says ${inWords(least)}. Less was sent: who is down or cut off does not answer.`;
  }
  return `Between both: ${inWords(least)}, ${inWords(most)}.`;
}

/** `3 replicas`. */
export function membersWords({ n }: CountsView): string {
  return count(n, 'replica');
}
