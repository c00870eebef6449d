/**
 * A tab's test of itself: how late its rings come. Two clocks ring: one in a worker, which tells when anything reaches
 * the page, and the page's own, which browsers slow when it is hidden.
 */
import type { Clock, TimerHandle } from './clock.ts';

export interface Pace {
  /** How late what should reach the page reached it, at worst lately, in ms: so late are messages, too. */
  readonly lagMs: number;
  /** How late the page's own timers ring. No replica waits for these. */
  readonly pageLagMs: number;
}

/** Between two rings. */
const ringMs = 250;
/** The worst of this last while counts. */
const lookBackMs = 3_000;
/** A ring that comes so late was not late: the tab did not run. */
export const sleptMsMin = 2_000;

/** The latest of late rings. */
export class Lateness {
  #late: { readonly at: number; readonly ms: number }[] = [];

  /** @param ms how late the ring at `at` was. */
  note(at: number, ms: number): void {
    this.#late = this.#late.filter((one) => at - one.at <= lookBackMs && one.ms > ms);
    this.#late.push({ at, ms: Math.max(0, ms) });
  }

  worst(now: number): number {
    return Math.max(
      0,
      ...this.#late.filter(({ at }) => now - at <= lookBackMs).map(({ ms }) => ms),
    );
  }
}

interface Ringing {
  readonly clock: Clock;
  readonly late: Lateness;
  dueAt: number;
  timer: TimerHandle | null;
}

export class PaceMeter {
  readonly #worker: Ringing;
  readonly #page: Ringing;
  readonly #slept: (ms: number) => void;
  readonly #now: () => number;

  /** `slept`: the tab did not run for this long, and runs again. */
  constructor(clocks: { worker: Clock; page: Clock }, slept: (ms: number) => void) {
    const ringing = (clock: Clock) => ({ clock, late: new Lateness(), dueAt: 0, timer: null });
    this.#worker = ringing(clocks.worker);
    this.#page = ringing(clocks.page);
    this.#slept = slept;
    this.#now = () => clocks.worker.now();
    this.#again(this.#worker);
    this.#again(this.#page);
  }

  /** In whole milliseconds. A ring that is due and has not come counts already. */
  get pace(): Pace {
    const now = this.#now();
    const lag = ({ late, dueAt }: Ringing): number =>
      Math.round(Math.max(late.worst(now), now - dueAt, 0));
    return { lagMs: lag(this.#worker), pageLagMs: lag(this.#page) };
  }

  close(): void {
    for (const { clock, timer } of [this.#worker, this.#page])
      if (timer !== null) clock.clear(timer);
  }

  #again(ringing: Ringing): void {
    ringing.dueAt = this.#now() + ringMs;
    ringing.timer = ringing.clock.setTimeout(() => this.#rang(ringing), ringMs);
  }

  #rang(ringing: Ringing): void {
    const now = this.#now();
    const ms = now - ringing.dueAt;
    const isSleep = ringing === this.#worker && ms >= sleptMsMin;
    if (!isSleep) ringing.late.note(now, ms);
    this.#again(ringing);
    if (isSleep) this.#slept(Math.round(ms));
  }
}
