/** The clock of one replica: it runs with the machine's, stands still in a freeze, and notices lost time. */
import type { Ticks } from '#protocols/core/replica.ts';

export class MachineClock {
  readonly #machineNow: () => Ticks;
  #pausedAt: Ticks | null = null;
  #frozenAt: Ticks | null = null;
  /** Ticks that went by while frozen: the replica's clock stood still with everybody's. */
  #skipped: Ticks = 0;
  #lostTicks: Ticks | null = null;

  constructor(machineNow: () => Ticks) {
    this.#machineNow = machineNow;
  }

  /** Ticks on the replica's own clock. */
  now(): Ticks {
    return (this.#frozenAt ?? this.#machineNow()) - this.#skipped;
  }

  /** The machine's time at which this clock will show `ticks`, if no freeze comes between. */
  machineTime(ticks: Ticks): Ticks {
    return ticks + this.#skipped;
  }

  get atRest(): boolean {
    return this.#pausedAt !== null || this.#frozenAt !== null;
  }

  pause(): void {
    this.#pausedAt ??= this.#machineNow();
  }

  /** The time a pause took is lost: the replica hears of it once. */
  wake(): void {
    if (this.#pausedAt !== null) this.#lostTicks = this.#machineNow() - this.#pausedAt;
    this.#pausedAt = null;
  }

  freeze(): void {
    this.#frozenAt ??= this.#machineNow();
  }

  /** The time a freeze took has not passed. */
  unfreeze(): void {
    if (this.#frozenAt !== null) this.#skipped += this.#machineNow() - this.#frozenAt;
    this.#frozenAt = null;
  }

  /** An alarm that should have rung at `alarmAt`, machine time, and is more than `stallTicks` overdue: time was lost. */
  noticeStall(alarmAt: Ticks | null, stallTicks: Ticks): void {
    if (alarmAt === null || this.atRest) return;
    const late = this.#machineNow() - alarmAt;
    if (late > stallTicks) this.#lostTicks = late;
  }

  get hasLost(): boolean {
    return this.#lostTicks !== null;
  }

  /** Lost time the core has not heard of, once; `null` for none. */
  takeLost(): Ticks | null {
    const lost = this.#lostTicks;
    this.#lostTicks = null;
    return lost;
  }
}
