/** Long text in pieces that fit a message or a record. */

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
