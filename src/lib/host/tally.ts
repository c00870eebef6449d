/** What one replica has sent others since it started, by what it was for. */
import type { Counts, CountSorter } from '#protocols/core/counts.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
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
    const sorter = this.#sorter;
    if (!sorter) return;
    sorter.begin(cause.type === 'receive' ? cause : null);
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      for (const to of effect.to) {
        if (to === replica) continue;
        const kind = kindOf(effect.message, to, sorter);
        if (kind !== null) this.#totals[kind] = (this.#totals[kind] ?? 0) + 1;
      }
    }
  }
}

/** `null` for what is no message at all, as a liar may send it (G6). */
function kindOf<M>(message: M, to: ReplicaId, sorter: CountSorter<M>): string | null {
  try {
    return sorter.sort(to, message);
  } catch {
    // A protocol sorts what its schema lets through, and nothing else.
    return null;
  }
}

export function sumOf(all: readonly Totals[]): Totals {
  const sum: Record<string, number> = {};
  for (const totals of all) {
    for (const [kind, count] of Object.entries(totals)) sum[kind] = (sum[kind] ?? 0) + count;
  }
  return sum;
}
