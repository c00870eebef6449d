/** A machine's own clock: it started at some other time than the world's, drifts, and may leap forward (F14). */
import type { Ticks } from '#protocols/core/replica.ts';

const millionth = 1_000_000;

export class SkewedClock {
  /** What it showed at `#since` of the world. */
  #base: Ticks;
  #since: Ticks = 0;
  #rate = millionth;

  constructor(base: Ticks) {
    this.#base = base;
  }

  /** What it shows when the world's time is `now`. */
  at(now: Ticks): Ticks {
    return this.#base + Math.floor(((now - this.#since) * this.#rate) / millionth);
  }

  /** The world's time at which it first shows `ticks` or more. */
  worldTime(ticks: Ticks): Ticks {
    return this.#since + Math.ceil(((ticks - this.#base) * millionth) / this.#rate);
  }

  /** From `now` of the world on it runs faster by so many millionths. */
  drift(now: Ticks, millionths: number): void {
    this.#base = this.at(now);
    this.#since = now;
    this.#rate = Math.max(1, millionth + millionths);
  }

  jump(ticks: Ticks): void {
    this.#base += ticks;
  }
}
