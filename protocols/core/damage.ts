/** A disk that holds what nobody here can have written: who recovers must not sign with it. */
import * as v from 'valibot';
import type { DurableState, Json } from './replica.ts';

class Damage extends Error {}

/** What to say of such a disk. */
export function damage(what: string): string {
  return `the disk does not hold what this replica wrote: ${what}`;
}

/** What `readAll` makes of a disk; where a record is not what it should be, that is the error. */
export function readBack<T>(readAll: () => T): T | { readonly ok: false; readonly error: string } {
  try {
    return readAll();
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return { ok: false, error: damage(error.message) };
  }
}

/** The record `key`, `null` if there is none. Within {@link readBack}. */
export function readAt<T>(
  durable: DurableState,
  schema: v.GenericSchema<unknown, T>,
  key: string,
): T | null {
  const value = durable.get(key);
  return value === undefined ? null : readAs(schema, key, value);
}

/** `value`, as it stands under `key` or as a part of that. Within {@link readBack}. */
export function readAs<T>(
  schema: v.GenericSchema<unknown, T>,
  key: string,
  value: Json | undefined,
): T {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) throw new Damage(key);
  return parsed.output;
}
