/** Long text in pieces that fit a message or a record. */
import * as v from 'valibot';

/** A slice of `data` from `offset` on, of at most `charactersMax`, at least 2. No pair of surrogates is torn. */
export function sliceOf(data: string, offset: number, charactersMax: number): string {
  const slice = data.slice(offset, offset + charactersMax);
  const isTorn = offset + slice.length < data.length && !slice.isWellFormed();
  return isTorn ? slice.slice(0, -1) : slice;
}

/** `data` in slices, in order. */
export function slicesOf(data: string, charactersMax: number): string[] {
  const slices: string[] = [];
  for (let offset = 0; offset < data.length; offset += slices.at(-1)?.length ?? charactersMax) {
    slices.push(sliceOf(data, offset, charactersMax));
  }
  return slices;
}

/** What the JSON in `slices` says, or `null` if it is none or not as `schema` has it. */
export function parseSlices<T>(
  schema: v.GenericSchema<unknown, T>,
  slices: readonly string[],
): T | null {
  let value: unknown;
  try {
    value = JSON.parse(slices.join(''));
  } catch {
    return null;
  }
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  return parsed.success ? parsed.output : null;
}
