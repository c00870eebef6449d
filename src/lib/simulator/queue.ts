/** Virtual time: what is to happen, by due time, and in the order it was asked for among equals. */
import type { Ticks } from '#protocols/core/replica.ts';

interface Due {
  readonly at: Ticks;
  readonly order: number;
  /** Whether anything happened: an alarm that was put off in the meantime is no event. */
  readonly run: () => boolean;
}

export class EventQueue {
  /** Ticks since the world began. */
  now: Ticks = 0;
  #order = 0;
  readonly #heap: Due[] = [];

  /** When the next is due; `Infinity` for never. */
  get next(): Ticks {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** `at` must not lie in the past. */
  at(at: Ticks, run: () => boolean): void {
    const due = { at, order: this.#order++, run };
    const heap = this.#heap;
    let i = heap.length;
    heap.push(due);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Due;
      if (isBefore(above, due)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = due;
  }

  after(ticks: Ticks, run: () => boolean): void {
    this.at(this.now + ticks, run);
  }

  /** Lets the next happen; returns whether it was an event. There must be one. */
  runNext(): boolean {
    const heap = this.#heap;
    const first = heap[0] as Due;
    const last = heap.pop() as Due;
    if (heap.length > 0) this.#sink(last);
    this.now = first.at;
    return first.run();
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      const right = child + 1;
      if (right < heap.length && isBefore(heap[right] as Due, heap[child] as Due)) child = right;
      const below = heap[child] as Due;
      if (isBefore(due, below)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = due;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at !== b.at ? a.at < b.at : a.order < b.order;
}
