import { randomInt } from 'node:crypto';
import { codeAlphabet, codeLength } from './messages.ts';

/** A room code that nobody can foretell: one of 30^6, about 29 bits. It begins with one of `first`. */
export function drawCode(first: string): string {
  const letters = Array.from({ length: codeLength }, (_, i) => {
    const alphabet = i === 0 ? first : codeAlphabet;
    return alphabet[randomInt(alphabet.length)];
  });
  return letters.join('');
}

/** `23456789`: rooms opened here have codes that begin so, and a proxy sends who looks for them here. All, if absent. */
export function firstLettersOf(text: string | undefined): string | null {
  const letters = (text ?? '').toUpperCase();
  if (letters === '') return codeAlphabet;
  return [...letters].every((letter) => codeAlphabet.includes(letter)) ? letters : null;
}
