/** The draw of a big room into groups, and of the codes of their rooms. Pure: chance is passed in. */
import { codeAlphabet, codeLength } from '#signaling/messages.ts';

/** A whole number in [0, `n`), each as likely as the others. */
export type RandomBelow = (n: number) => number;

const words = 2 ** 32;

/** From the browser's source of chance. Words beyond the last whole multiple of `n` are drawn again. */
export const randomBelow: RandomBelow = (n) => {
  const usable = words - (words % n);
  for (;;) {
    const [word = 0] = globalThis.crypto.getRandomValues(new Uint32Array(1));
    if (word < usable) return word % n;
  }
};

/** Sizes of as many groups as there can be with at least `least` members each; they differ by at most one. */
export function groupSizes(members: number, least: number): number[] {
  const groups = Math.max(1, Math.floor(members / least));
  const size = Math.floor(members / groups);
  const larger = members % groups;
  return Array.from({ length: groups }, (_, i) => (i < larger ? size + 1 : size));
}

/** Each member in one group, all orders equally likely (Fisher and Yates' shuffle). */
export function drawGroups<T>(members: readonly T[], least: number, below: RandomBelow): T[][] {
  const order = [...members];
  for (let last = order.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  let start = 0;
  return groupSizes(order.length, least).map((size) => order.slice(start, (start += size)));
}

/** The code of a room that nobody has opened yet, and that nobody can foretell: about 29 bits. */
export function drawRoomCode(below: RandomBelow): string {
  return Array.from({ length: codeLength }, () => codeAlphabet[below(codeAlphabet.length)]).join(
    '',
  );
}
