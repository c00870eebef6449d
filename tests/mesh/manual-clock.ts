import type { Clock, TimerHandle } from '../../src/lib/tab/clock.ts';

/** A clock that stands until a test moves it. */
export class ManualClock implements Clock {
  #now = 1_000;
  #timers = new Map<TimerHandle, { readonly fn: () => void; readonly dueAt: number }>();
  #last = 0;

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): TimerHandle {
    this.#timers.set(++this.#last, { fn, dueAt: this.#now + ms });
    return this.#last;
  }

  clear(handle: TimerHandle): void {
    this.#timers.delete(handle);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Runs what falls due on the way, each at its time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { dueAt }]) => dueAt <= end);
      due.sort(([a, one], [b, other]) => one.dueAt - other.dueAt || a - b);
      const next = due[0];
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].dueAt);
      next[1].fn();
    }
    this.#now = end;
  }

  /** As `advance`, but the page was asleep: every timer fires at the end. */
  oversleep(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }
}
