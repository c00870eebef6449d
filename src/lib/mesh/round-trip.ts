/** How long the other end of a link takes to answer, by its pings: now and then one is measured, all show life. */
import type { Clock } from '../tab/clock.ts';
import { meshLimits } from './limits.ts';

export class RoundTrip {
  #ping: { readonly id: number; readonly at: number } | null = null;
  #asked = 0;
  /** The newest ping that was answered. */
  #answered = 0;
  #measuredAt: number;
  /** `null` before the first answer. */
  ms: number | null = null;

  constructor(private readonly clock: Clock) {
    // A whole room links up at once, and has more to say to each other than how far it is.
    this.#measuredAt = clock.now() - meshLimits.roundTripEveryMs + meshLimits.heartbeatMs;
  }

  /** Whether it is time for a ping to measure by. */
  get due(): boolean {
    const age = this.clock.now() - this.#measuredAt;
    return age >= meshLimits.roundTripEveryMs && !this.#isUnderWay;
  }

  /** A ping leaves; returns its number. */
  ask(): number {
    const id = ++this.#asked >>> 0;
    if (!this.#isUnderWay) this.#ping = { id, at: this.clock.now() };
    return id;
  }

  hasAnswered(id: number): boolean {
    return this.#answered >= id;
  }

  /** A ping was answered. One that is not measured shows life, no more. */
  answer(id: number): void {
    this.#answered = Math.max(this.#answered, id);
    if (this.#ping?.id !== id) return;
    this.#measuredAt = this.clock.now();
    this.ms = this.#measuredAt - this.#ping.at;
    this.#ping = null;
  }

  /** Whether one may still be answered: a round trip may last longer than a heartbeat. */
  get #isUnderWay(): boolean {
    return this.#ping !== null && this.clock.now() - this.#ping.at <= meshLimits.suspectAfterMs;
  }
}
