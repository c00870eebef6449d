/** The named timers of one replica, on a clock that its host can stop. */
import type { Ticks } from '#protocols/core/replica.ts';

interface Armed {
  readonly setAt: Ticks;
  readonly dueAt: Ticks;
}

export class Timers {
  readonly #armed = new Map<string, Armed>();

  set(timer: string, now: Ticks, ticks: Ticks): void {
    this.#armed.set(timer, { setAt: now, dueAt: now + ticks });
  }

  cancel(timer: string): void {
    this.#armed.delete(timer);
  }

  clear(): void {
    this.#armed.clear();
  }

  /** When the next timer is due, or `null`. */
  next(): Ticks | null {
    let next: Ticks | null = null;
    for (const { dueAt } of this.#armed.values()) if (next === null || dueAt < next) next = dueAt;
    return next;
  }

  /** Takes out one timer that is due, the longest due first; names decide between equals. */
  takeDue(now: Ticks): { timer: string; setAt: Ticks } | null {
    let due: [string, Armed] | null = null;
    for (const [timer, armed] of this.#armed) {
      if (armed.dueAt > now) continue;
      const [bestName, best] = due ?? [timer, armed];
      const earlier = armed.dueAt === best.dueAt ? timer <= bestName : armed.dueAt < best.dueAt;
      if (earlier) due = [timer, armed];
    }
    if (!due) return null;
    this.#armed.delete(due[0]);
    return { timer: due[0], setAt: due[1].setAt };
  }
}
