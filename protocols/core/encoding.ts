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
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${canonical(key)}:${canonical(value[key] as Json)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
