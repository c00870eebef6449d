/** What one replica has sent others since it started, by what it was for. */
import type { Counts, CountSorter } from '#protocols/core/counts.ts';
import type { TraceEvent } from './trace.ts';

/** Messages by the id of their kind. Kinds that were not sent are not named. */
export type Totals = Readonly<Record<string, number>>;

export class Tally<M> {
  readonly #sorter: CountSorter<M> | null;
  readonly #totals: Record<string, number> = {};

  constructor(counts: Counts<M> | undefined) {
    this.#sorter = counts?.sorter() ?? null;
  }

  get totals(): Totals {
    return this.#totals;
  }

  add({ replica, cause, effects }: TraceEvent<M, unknown>): void {
    if (!this.#sorter) return;
    this.#sorter.begin(cause.type === 'receive' ? cause : null);
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      for (const to of effect.to) {
        if (to === replica) continue;
        const kind = this.#sorter.sort(to, effect.message);
        this.#totals[kind] = (this.#totals[kind] ?? 0) + 1;
      }
    }
  }
}

export function sumOf(all: readonly Totals[]): Totals {
  const sum: Record<string, number> = {};
  for (const totals of all) {
    for (const [kind, count] of Object.entries(totals)) sum[kind] = (sum[kind] ?? 0) + count;
  }
  return sum;
}
