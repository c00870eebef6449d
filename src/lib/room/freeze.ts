/** Whether the room's time stands still for this tab: as ordered, but never for longer than {@link freezeMsMax}. */
import type { Clock, TimerHandle } from '../tab/clock.ts';
import { freezeMsMax } from './charter.ts';

export class Freeze {
  readonly #clock: Clock;
  readonly #changed: (frozen: boolean) => void;
  #frozen = false;
  #timer: TimerHandle | null = null;

  /** `changed` is called with every change, ordered or by lapse. */
  constructor(clock: Clock, changed: (frozen: boolean) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** What the newest charter says, each time there is one. */
  order(frozen: boolean): void {
    if (this.#timer !== null) this.#clock.clear(this.#timer);
    this.#timer = frozen ? this.#clock.setTimeout(() => this.#become(false), freezeMsMax) : null;
    this.#become(frozen);
  }

  #become(frozen: boolean): void {
    if (frozen === this.#frozen) return;
    this.#frozen = frozen;
    this.#changed(frozen);
  }
}
