/** How far votes are on their way to a quorum. */

export interface Tally {
  readonly have: number;
  readonly needed: number;
  /** `2 of 3, one more`. */
  readonly text: string;
}

const small = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
] as const;

const inWords = (count: number): string => small[count] ?? `${count}`;

/** `2 of 3, one more`, `4, 3 needed`. What is over needs no more, however little was heard: `0 of 3`. */
export function tallyOf(have: number, needed: number, isOver = false): Tally {
  const missing = needed - have;
  if (missing < 0) return { have, needed, text: `${have}, ${needed} needed` };
  const rest = missing > 0 && !isOver ? `, ${inWords(missing)} more` : '';
  return { have, needed, text: `${have} of ${needed}${rest}` };
}
