/** The plain-words list of what happened, newest last, bounded. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { EventLine } from './types.ts';

/** Lines kept: an afternoon's talk, and little enough to draw. */
const linesMax = 400;

/** How long a line may still be preceded by one that arrives after it, in ms. */
const freshMs = 1_500;

/** When it happened: wall clock in ms since 1970, and Lamport time for a step of a replica. */
export interface When {
  readonly at?: number;
  readonly lamport?: number;
}

export class EventBook {
  #lines: readonly EventLine[] = [];
  /** Of each line: its Lamport time, `null` for what is no step of a replica, and when it was added. */
  #orders: readonly { readonly lamport: number | null; readonly addedAt: number }[] = [];
  #nextId = 1;

  get lines(): readonly EventLine[] {
    return this.#lines;
  }

  /**
   * The id of the new line. `lamport` puts it before fresh lines that may not come before it: traces of different
   * replicas arrive in batches, and a vote should not be told after the election that it decided.
   */
  add(text: string, tone: EventLine['tone'], about: readonly ReplicaId[], when: When = {}): number {
    const { at = Date.now(), lamport = null } = when;
    const line = { id: this.#nextId++, at, about, text, tone };
    const now = performance.now();
    let place = this.#lines.length;
    while (lamport !== null && place > 0 && this.#isFreshAndLater(place - 1, lamport, now)) place--;
    this.#lines = this.#lines.toSpliced(place, 0, line).slice(-linesMax);
    this.#orders = this.#orders.toSpliced(place, 0, { lamport, addedAt: now }).slice(-linesMax);
    return line.id;
  }

  #isFreshAndLater(place: number, lamport: number, now: number): boolean {
    const order = this.#orders[place];
    return order?.lamport != null && order.lamport > lamport && now - order.addedAt < freshMs;
  }

  /** Says more in the newest line; `false` when `id` is not the newest any more. */
  retell(id: number, text: string): boolean {
    const newest = this.#lines.at(-1);
    if (newest?.id !== id) return false;
    this.#lines = [...this.#lines.slice(0, -1), { ...newest, text }];
    return true;
  }
}
