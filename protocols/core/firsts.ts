/** Tells the first of each from what comes again, of numbers that grow. */
export class Firsts {
  readonly #seen = new Set<number>();
  readonly #remembered: number;

  /** @param remembered numbers that far below the newest do not come any more, and are forgotten. */
  constructor(remembered: number) {
    this.#remembered = remembered;
  }

  /** Whether `n` comes for the first time. */
  take(n: number): boolean {
    if (this.#seen.has(n)) return false;
    this.#seen.add(n);
    this.#seen.delete(n - this.#remembered);
    return true;
  }
}
