/** Lamport and vector clock of one replica, over its steps. */
export class LogicalClock {
  lamport = 0;
  readonly #counts: number[];
  readonly #seat: number;

  /** `seat` is the replica's place among `seats`; -1 for none. */
  constructor(seat: number, seats: number) {
    this.#seat = seat;
    this.#counts = Array.from({ length: seats }, () => 0);
  }

  /** Takes in what a message brought. */
  observe(lamport: number, clock: readonly number[]): void {
    this.lamport = Math.max(this.lamport, lamport);
    for (let seat = 0; seat < this.#counts.length; seat++) {
      const count = clock[seat] ?? 0;
      if (seat !== this.#seat && count > (this.#counts[seat] ?? 0)) this.#counts[seat] = count;
    }
  }

  /** One step of this replica; `events` is how many it has made. */
  tick(events: number): void {
    this.lamport++;
    if (this.#seat >= 0) this.#counts[this.#seat] = events;
  }

  /** A copy: one count per seat, in the order of the roster. */
  vector(): readonly number[] {
    return this.#counts.slice();
  }
}
