/** The named timers of one replica, on a clock that its host can stop. */
import type { Ticks } from '#protocols/core/replica.ts';

interface Timer {
  readonly name: string;
  setAt: Ticks;
  /** `null`: it does not run. */
  dueAt: Ticks | null;
}

export class Timers {
  /** All that were ever set: a handful, and set again with every message. */
  readonly #timers: Timer[] = [];

  set(name: string, now: Ticks, ticks: Ticks): void {
    const timer = this.#named(name);
    if (!timer) {
      this.#timers.push({ name, setAt: now, dueAt: now + ticks });
      return;
    }
    timer.setAt = now;
    timer.dueAt = now + ticks;
  }

  cancel(name: string): void {
    const timer = this.#named(name);
    if (timer) timer.dueAt = null;
  }

  clear(): void {
    for (const timer of this.#timers) timer.dueAt = null;
  }

  /** When the next timer is due, or `null`. */
  next(): Ticks | null {
    let next: Ticks | null = null;
    for (const { dueAt } of this.#timers) {
      if (dueAt !== null && (next === null || dueAt < next)) next = dueAt;
    }
    return next;
  }

  /** Takes out one timer that is due, the longest due first; names decide between equals. */
  takeDue(now: Ticks): { timer: string; setAt: Ticks } | null {
    let due: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.dueAt !== null && timer.dueAt <= now && isSooner(timer, due)) due = timer;
    }
    if (!due) return null;
    due.dueAt = null;
    return { timer: due.name, setAt: due.setAt };
  }

  #named(name: string): Timer | undefined {
    for (const timer of this.#timers) if (timer.name === name) return timer;
    return undefined;
  }
}

function isSooner({ name, dueAt }: Timer, best: Timer | null): boolean {
  if (best === null) return true;
  return dueAt === best.dueAt ? name < best.name : (dueAt ?? 0) < (best.dueAt ?? 0);
}
