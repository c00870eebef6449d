/** Lamport and vector clock of one replica, over its steps. */
import { limits } from '#protocols/core/limits.ts';

export class LogicalClock {
  lamport = 0;
  readonly #counts: number[];
  readonly #seat: number;

  /** `seat` is the replica's place among `seats`; -1 for none. */
  constructor(seat: number, seats: number) {
    this.#seat = seat;
    this.#counts = Array.from({ length: seats }, () => 0);
  }

  /** Takes in what a message brought, but for a time that only a liar can have counted to. */
  observe(lamport: number, clock: readonly number[]): void {
    if (lamport - this.lamport <= limits.clockLeadMax) {
      this.lamport = Math.max(this.lamport, lamport);
    }
    for (let seat = 0; seat < this.#counts.length; seat++) {
      const count = clock[seat] ?? 0;
      if (seat !== this.#seat && count > (this.#counts[seat] ?? 0)) this.#counts[seat] = count;
    }
  }

  /** One step of this replica; `events` is how many it has made. */
  tick(events: number): void {
    // A liar who leads it on step by step finds an end that everybody still accepts.
    this.lamport = Math.min(this.lamport + 1, limits.integerMax);
    if (this.#seat >= 0) this.#counts[this.#seat] = events;
  }

  /** A copy: one count per seat, in the order of the roster. */
  vector(): readonly number[] {
    return this.#counts.slice();
  }
}
