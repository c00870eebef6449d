/**
 * Messages per decision as they were measured lately, from what the replicas say they have sent. Their words come at
 * different moments, so a measurement begins at a moment when the room was quiet: then every message of what was decided
 * had been counted by its sender. Where it never is quiet, it begins some seconds ago, and what was under way then or
 * is now blurs it by as little as that is of the whole.
 */
import type { Counts } from '#protocols/core/counts.ts';
import type { Totals } from '../host/tally.ts';
import type { CountsView, CountedView } from './measured-types.ts';

/** Decisions that a measurement spans at least, once there were so many. */
export const decisionsMin = 100;
/** And what it spans in ms: in a room that is never quiet, a tenth of a second is a hundredth of it. */
const spanMs = 10_000;
const samplesMax = 64;
/** How often a sample is taken, in ms. */
const sampleMs = 500;

interface Sample {
  readonly at: number;
  readonly decided: number;
  readonly totals: Totals;
}

const nothing: Sample = { at: -Infinity, decided: 0, totals: {} };

export class Meter {
  readonly #counts: Counts<unknown>;
  /** Nothing is sent for so long, in ms: then all has arrived and was told. */
  readonly #quietMs: number;
  #samples: readonly Sample[] = [nothing];
  #now: Sample = nothing;
  #changedAt = 0;

  /** @param flightMs how long messages fly. */
  constructor(counts: Counts<unknown>, flightMs: number) {
    this.#counts = counts;
    this.#quietMs = 1_000 + 2 * flightMs;
  }

  /** `decided` is how much of the log is; `totals` what all replicas have sent, ever. */
  take(at: number, decided: number, totals: Totals): void {
    // Who comes late has not heard what lives that are over had sent.
    if (this.#now === nothing && decided > decisionsMin) this.#samples = [{ at, decided, totals }];
    const isQuiet = this.#ofDecisions(this.#now.totals) === this.#ofDecisions(totals);
    if (!isQuiet) this.#changedAt = at;
    this.#now = { at, decided, totals };
    const last = this.#samples.at(-1) ?? nothing;
    if (decided === last.decided || at - last.at < sampleMs) return;
    const settled = at - this.#changedAt >= this.#quietMs;
    const busy = at - last.at >= spanMs;
    if (settled || busy) this.#samples = [...this.#samples, this.#now].slice(-samplesMax);
  }

  /** For `n` replicas. */
  view(n: number): Omit<CountsView, 'elsewhere'> {
    const { decided, totals } = this.#now;
    const since = this.#since();
    const decisions = decided - since.decided;
    const sent = (id: string): number => (totals[id] ?? 0) - (since.totals[id] ?? 0);
    const { kinds, apart, formulas } = this.#counts;
    const all = kinds.reduce((sum, { id }) => sum + sent(id), 0);
    const rounds = n > 1 ? sent(kinds[0]?.id ?? '') / (n - 1) : 0;
    const theory = formulas.map(({ title, text, perDecision }) => {
      const each = perDecision(n);
      const perKind = kinds.map(({ id }) => each[id] ?? 0);
      return { title, text, perKind, all: perKind.reduce((sum, count) => sum + count, 0) };
    });
    return {
      n,
      decisions,
      all,
      perRound: rounds === 0 ? 0 : decisions / rounds,
      kinds: kinds.map(({ title, id }): CountedView => ({ title, count: sent(id) })),
      theory,
      apart: apart.map(({ title, id }): CountedView => ({ title, count: totals[id] ?? 0 })),
    };
  }

  /** The latest sample that is long enough ago, else the first. */
  #since(): Sample {
    const { at, decided } = this.#now;
    const longAgo = this.#samples.findLast((sample) => {
      return decided - sample.decided >= decisionsMin && at - sample.at >= spanMs;
    });
    return longAgo ?? this.#samples[0] ?? nothing;
  }

  #ofDecisions(totals: Totals): number {
    return this.#counts.kinds.reduce((sum, { id }) => sum + (totals[id] ?? 0), 0);
  }
}
