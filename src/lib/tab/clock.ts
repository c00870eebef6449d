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

/** What the page asks of the clock's worker; it answers with the number of a timer that is due. */
export type ClockOrder =
  | { readonly type: 'set'; readonly id: number; readonly ms: number }
  | { readonly type: 'clear'; readonly id: number };

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

/** Timers that run in a dedicated worker. Should the worker fail, those of the page take over. */
export class WorkerClock implements Clock {
  #worker: Worker | null;
  #plain = new PlainClock();
  #waiting = new Map<TimerHandle, Waiting>();
  #last = 0;

  constructor() {
    this.#worker = new Worker(new URL('./clock.worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = (event: MessageEvent<number>) => this.#fire(event.data);
    this.#worker.onerror = () => this.#fallBack();
  }

  now(): number {
    return performance.now();
  }

  setTimeout(fn: () => void, ms: number): TimerHandle {
    const handle = ++this.#last;
    this.#waiting.set(handle, { fn, dueAt: this.now() + ms });
    this.#order({ type: 'set', id: handle, ms });
    return handle;
  }

  clear(handle: TimerHandle): void {
    if (this.#waiting.delete(handle)) this.#order({ type: 'clear', id: handle });
  }

  /** Ends the worker. No timer set so far fires any more. */
  close(): void {
    this.#waiting.clear();
    this.#worker?.terminate();
    this.#worker = null;
  }

  #order(order: ClockOrder): void {
    if (this.#worker !== null) this.#worker.postMessage(order);
    else if (order.type === 'set') this.#plain.setTimeout(() => this.#fire(order.id), order.ms);
  }

  #fire(handle: TimerHandle): void {
    const waiting = this.#waiting.get(handle);
    if (waiting === undefined) return;
    this.#waiting.delete(handle);
    waiting.fn();
  }

  #fallBack(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const [id, { dueAt }] of this.#waiting) {
      this.#order({ type: 'set', id, ms: Math.max(0, dueAt - this.now()) });
    }
  }
}
