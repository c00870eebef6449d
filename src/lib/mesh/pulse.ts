/** Whether the network stack at the other end of a silent link still answers: then its page is slow, and not dead. */
import type { Clock } from '../tab/clock.ts';
import type { Channel } from './channel.ts';
import { meshLimits } from './limits.ts';

export class Pulse {
  #count: number | null = null;
  #beatAt = -Infinity;
  #looking = false;

  constructor(private readonly clock: Clock) {}

  /** Whether it has answered between two looks, within the last {@link meshLimits.pulseFreshMs}. */
  get beats(): boolean {
    return this.clock.now() - this.#beatAt < meshLimits.pulseFreshMs;
  }

  /** One look; two that are seconds apart tell. */
  look(channel: Channel): void {
    if (this.#looking || !channel.pulse) return;
    this.#looking = true;
    void channel.pulse().then((count) => {
      this.#looking = false;
      if (count === null) return;
      if (this.#count !== null && count > this.#count) this.#beatAt = this.clock.now();
      this.#count = count;
    });
  }
}
