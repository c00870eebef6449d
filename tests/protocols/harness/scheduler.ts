/** Virtual time: callbacks by due time, and in the order they were made among equals. */
export class Scheduler {
  now = 0;
  #order = 0;
  readonly #heap: { at: number; order: number; run: () => void }[] = [];

  after(ticks: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: this.now + ticks, order: this.#order++, run });
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#swapIfBefore(i, parent)) break;
      i = parent;
    }
  }

  /** Runs everything due up to `until`. */
  runUntil(until: number): void {
    while (this.#heap[0] && this.#heap[0].at <= until) this.#runFirst();
    this.now = Math.max(this.now, until);
  }

  #runFirst(): void {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last) return;
    if (heap.length > 0) heap[0] = last;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      const right = left + 1;
      const child = right < heap.length && this.#isBefore(right, left) ? right : left;
      if (child >= heap.length || !this.#swapIfBefore(child, i)) break;
      i = child;
    }
    this.now = first.at;
    first.run();
  }

  #isBefore(i: number, j: number): boolean {
    const a = this.#heap[i];
    const b = this.#heap[j];
    if (!a || !b) return false;
    return a.at !== b.at ? a.at < b.at : a.order < b.order;
  }

  #swapIfBefore(i: number, j: number): boolean {
    if (!this.#isBefore(i, j)) return false;
    const heap = this.#heap;
    [heap[i], heap[j]] = [heap[j] as (typeof heap)[0], heap[i] as (typeof heap)[0]];
    return true;
  }
}
