/** One text for each value: what digests and signatures are taken over. */
import type { Json } from './replica.ts';

/**
 * JSON with keys in code-unit order and nothing else: equal values give equal texts and different values different
 * ones. Throws on what has no such text (a fraction, a lone surrogate): such a value must be refused at the door.
 */
export function canonical(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Error('not an integer');
    return String(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('not well-formed Unicode');
    return JSON.stringify(value);
  }
  return isList(value) ? listText(value) : objectText(value);
}

// Digests and signatures of every message come through here: no list is made on the way.
function listText(list: readonly Json[]): string {
  let text = '';
  for (const item of list) text += text === '' ? canonical(item) : `,${canonical(item)}`;
  return `[${text}]`;
}

function objectText(object: { readonly [key: string]: Json }): string {
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const field = `${canonical(key)}:${canonical(object[key] as Json)}`;
    text += text === '' ? field : `,${field}`;
  }
  return `{${text}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
