/** What is in flight to one peer, held back by delay or by the timing profile. */
import { meshLimits } from './limits.ts';
import type { Section } from './transport.ts';

interface Flight {
  readonly section: Section;
  readonly dueAt: number;
}

export class Flights {
  /** By `dueAt`, and in the order sent where that is equal. */
  #flights: Flight[] = [];
  #bytes = 0;
  /** When the last section in order lands: none in order may land before. */
  #lastDueAt = -Infinity;

  get size(): number {
    return this.#flights.length;
  }

  /** `null` when nothing is in flight. */
  get nextDueAt(): number | null {
    return this.#flights[0]?.dueAt ?? null;
  }

  /** When a section sent at `at` lands in order. */
  landsAt(at: number, flightMs: number): number {
    return Math.max(at + flightMs, this.#lastDueAt);
  }

  /** `late`: others may overtake it. Answers whether there was room. */
  add(section: Section, dueAt: number, order: 'in-order' | 'late'): boolean {
    const size = section.bytes.byteLength;
    const crowded = this.#flights.length >= meshLimits.heldSectionsMax;
    if (crowded || this.#bytes + size > meshLimits.heldBytesMax) return false;
    if (order === 'in-order') this.#lastDueAt = dueAt;
    let at = this.#flights.length;
    while (at > 0 && (this.#flights[at - 1] as Flight).dueAt > dueAt) at--;
    this.#flights.splice(at, 0, { section, dueAt });
    this.#bytes += size;
    return true;
  }

  /** Takes out what is due. Timers may fire a fraction of a millisecond early. */
  land(now: number): Section[] {
    const waiting = this.#flights.findIndex(({ dueAt }) => dueAt > now + 0.5);
    const count = waiting === -1 ? this.#flights.length : waiting;
    const landed = this.#flights.splice(0, count).map(({ section }) => section);
    for (const { bytes } of landed) this.#bytes -= bytes.byteLength;
    return landed;
  }

  /** Loses all of it; answers how many. */
  ground(): number {
    const lost = this.#flights.length;
    this.#flights = [];
    this.#bytes = 0;
    this.#lastDueAt = -Infinity;
    return lost;
  }
}
