import { randomInt } from 'node:crypto';
import { codeAlphabet, codeLength } from './messages.ts';

/** A room code that nobody can foretell: one of 30^6, about 29 bits. */
export function drawCode(): string {
  const letters = Array.from(
    { length: codeLength },
    () => codeAlphabet[randomInt(codeAlphabet.length)],
  );
  return letters.join('');
}
