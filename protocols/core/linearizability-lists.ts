/** The moves still to be taken: lists that give back what was removed last, and the stock of unknown moves. */
import type { Budget } from './linearizability-budget.ts';
import { anyValue, type Step } from './linearizability-model.ts';

/** Items 0 to n - 1; n stands for the end. Items are restored in the reverse order of their removal. */
export interface LinkedList {
  readonly first: number;
  after(item: number): number;
  remove(item: number): void;
  restore(item: number): void;
}

/** `order` holds each of 0 to n - 1 once. */
export function linkedList(order: readonly number[]): LinkedList {
  const end = order.length;
  const next = new Int32Array(end + 1);
  const previous = new Int32Array(end + 1);
  let last = end;
  for (const item of [...order, end]) {
    next[last] = item;
    previous[item] = last;
    last = item;
  }
  return {
    get first() {
      return next[end] as number;
    },
    after: (item) => next[item] as number,
    remove(item) {
      next[previous[item] as number] = next[item] as number;
      previous[next[item] as number] = previous[item] as number;
    },
    restore(item) {
      next[previous[item] as number] = item;
      previous[next[item] as number] = item;
    },
  };
}

/** Unknown moves that do the same. Of one kind the earliest called is used first: it can do all that the others can. */
interface Kind {
  readonly needs: number;
  readonly leaves: number;
  readonly calledAt: number[];
  used: number;
}

export class OptionalMoves {
  readonly #kinds: Kind[] = [];
  /** By value: the kinds that leave it. */
  readonly #leaving = new Map<number, number[]>();
  /** By value: unused moves that need it, and that leave it. */
  readonly #needed: Int32Array;
  readonly #left: Int32Array;
  readonly #keys = new Map<string, number>([['', 0]]);
  #key: number | null = 0;

  readonly #budget: Budget;

  constructor(optional: readonly Step[], values: number, budget: Budget) {
    this.#budget = budget;
    this.#needed = new Int32Array(values);
    this.#left = new Int32Array(values);
    const numbers = new Map<string, number>();
    for (const { needs, leaves, calledAt } of optional) {
      const name = `${needs} ${leaves}`;
      let number = numbers.get(name);
      if (number === undefined) {
        number = this.#kinds.push({ needs, leaves, calledAt: [], used: 0 }) - 1;
        numbers.set(name, number);
        const list = this.#leaving.get(leaves);
        if (list) list.push(number);
        else this.#leaving.set(leaves, [number]);
      }
      const kind = this.#kind(number);
      kind.calledAt.push(calledAt);
      this.#count(kind, 1);
    }
  }

  /** Names what is used: equal for equal stocks. */
  get key(): number {
    if (this.#key !== null) return this.#key;
    const text = this.#kinds.map(({ used }, kind) => (used > 0 ? `${kind}:${used} ` : '')).join('');
    const key = this.#keys.get(text) ?? this.#keys.size;
    this.#keys.set(text, key);
    this.#key = key;
    return key;
  }

  /** Whether an unused move needs `value`. */
  isNeeded(value: number): boolean {
    return Boolean(this.#needed[value]);
  }

  /** Whether an unused move leaves `value`. */
  isLeft(value: number): boolean {
    return Boolean(this.#left[value]);
  }

  use(number: number): void {
    const kind = this.#kind(number);
    kind.used++;
    this.#count(kind, -1);
    this.#key = null;
  }

  giveBack(number: number): void {
    const kind = this.#kind(number);
    kind.used--;
    this.#count(kind, 1);
    this.#key = null;
  }

  /** Whether `chain` begins with a move that does not look. */
  overwrites(chain: readonly number[]): boolean {
    const first = chain[0];
    return first !== undefined && this.#kind(first).needs === anyValue;
  }

  valuesLeftBy(chain: readonly number[]): number[] {
    return chain.map((kind) => this.#kind(kind).leaves);
  }

  /** The shortest chains of kinds with unused moves, called by `horizon`, that lead from `from` to `to`. */
  chains(from: number, to: number, horizon: number, passed: readonly number[] = [to]): number[][] {
    const chains: number[][] = [];
    this.#budget.spend(1);
    // Chains are rare, but a liar could have many: what is cut short here ends the whole search.
    if (this.#budget.isSpent) return chains;
    for (const number of this.#leaving.get(to) ?? []) {
      const { needs, calledAt, used } = this.#kind(number);
      if ((calledAt[used] ?? Infinity) > horizon) continue;
      if (needs === anyValue || needs === from) {
        chains.push([number]);
      } else if (!passed.includes(needs)) {
        const before = this.chains(from, needs, horizon, [...passed, needs]);
        chains.push(...before.map((chain) => [...chain, number]));
      }
    }
    return chains;
  }

  #kind(number: number): Kind {
    return this.#kinds[number] as Kind;
  }

  #count({ needs, leaves }: Kind, by: 1 | -1): void {
    if (needs >= 0) this.#needed[needs] = (this.#needed[needs] ?? 0) + by;
    this.#left[leaves] = (this.#left[leaves] ?? 0) + by;
  }
}
