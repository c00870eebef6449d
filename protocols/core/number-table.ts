/**
 * Values by number, for windows that slide: each number comes, stays for a while and goes. A `Map` used so replaces its
 * inner table every few dozen steps, and in V8 each of these, once it is old, keeps all later ones alive with what they
 * held until the next full collection.
 */

const capacityMin = 8;

/** Stands for no number. */
const none = -1;

/** Every number has one place, by its last bits; numbers that follow each other never want the same. */
export class NumberTable<T> {
  #numbers = emptyPlaces(capacityMin);
  #values: (T | undefined)[] = [];
  #placed = 0;
  /** Whatever found its place taken. */
  readonly #displaced = new Map<number, T>();

  get size(): number {
    return this.#placed + this.#displaced.size;
  }

  get(number: number): T | undefined {
    const place = this.#placeOf(number);
    if (this.#numbers[place] === number) return this.#values[place];
    return this.#displaced.size === 0 ? undefined : this.#displaced.get(number);
  }

  /** `number` must be an integer from 0. */
  set(number: number, value: T): void {
    const holder = this.#numbers[this.#placeOf(number)];
    if (holder !== none && holder !== number) this.#growIfCrowded();
    this.#put(number, value);
  }

  delete(number: number): void {
    const place = this.#placeOf(number);
    if (this.#numbers[place] !== number) {
      this.#displaced.delete(number);
      return;
    }
    this.#numbers[place] = none;
    this.#values[place] = undefined;
    this.#placed--;
  }

  /** In an order that follows from what was set and deleted; made anew, so that the table may be changed meanwhile. */
  keys(): number[] {
    const keys = this.#numbers.filter((number) => number !== none);
    return this.#displaced.size === 0 ? keys : [...keys, ...this.#displaced.keys()];
  }

  /** In the order of {@link keys}. */
  values(): T[] {
    const values: T[] = [];
    for (const [place, number] of this.#numbers.entries()) {
      if (number !== none) values.push(this.#values[place] as T);
    }
    if (this.#displaced.size > 0) values.push(...this.#displaced.values());
    return values;
  }

  /** By ascending number. */
  entries(): [number: number, value: T][] {
    const entries = [...this.#displaced];
    for (const [place, number] of this.#numbers.entries()) {
      if (number !== none) entries.push([number, this.#values[place] as T]);
    }
    return entries.sort(([a], [b]) => a - b);
  }

  #placeOf(number: number): number {
    return number & (this.#numbers.length - 1);
  }

  /** Only so far that at least a quarter is used: numbers may come from outside. */
  #growIfCrowded(): void {
    const capacity = this.#numbers.length;
    if (2 * this.size < capacity) return;
    const entries = this.entries();
    this.#numbers = emptyPlaces(2 * capacity);
    this.#values = [];
    this.#placed = 0;
    this.#displaced.clear();
    for (const [number, value] of entries) this.#put(number, value);
  }

  #put(number: number, value: T): void {
    const place = this.#placeOf(number);
    const holder = this.#numbers[place];
    if ((holder !== none && holder !== number) || this.#displaced.has(number)) {
      this.#displaced.set(number, value);
      return;
    }
    if (holder === none) this.#placed++;
    this.#numbers[place] = number;
    this.#values[place] = value;
  }
}

/** `capacity` must be a power of two. */
function emptyPlaces(capacity: number): number[] {
  return new Array<number>(capacity).fill(none);
}
