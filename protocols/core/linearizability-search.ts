/**
 * Wing and Gong's search with Lowe's memory of configurations: take any move that was called before the earliest
 * answer still to be explained; go back when none fits. Four observations keep real histories near linear, and lose
 * no order that exists:
 *
 * - a move that only looks, and finds what it needs, is taken at once: later it could only be harder;
 * - a put whose value nobody needs after this moment is hidden behind the next put: nobody can tell;
 * - an unknown move is taken only right before one that needs what it leaves, or it could be left out;
 * - a value that somebody still needs, and nobody can bring back, is not overwritten.
 */
import type { Budget } from './linearizability-budget.ts';
import {
  anyValue,
  initialValue,
  isRequired,
  withoutUseless,
  type Required,
  type Step,
} from './linearizability-model.ts';
import { linkedList, OptionalMoves, type LinkedList } from './linearizability-lists.ts';

export type Found =
  /** An order that explains every answer. */
  | 'order'
  /** There is no such order. */
  | 'none'
  /** The budget ended first. */
  | 'open';

/** `steps` of one key, in order of calls. */
export function search(steps: readonly Step[], budget: Budget): Found {
  return new Search(steps, budget).run();
}

/** One way to make a move, with what undoing it takes. */
interface Frame {
  readonly move: number;
  readonly ways: readonly (readonly number[])[];
  readonly way: number;
  /** Required moves taken, in order: hidden puts, the move itself, and those that only looked after it. */
  readonly taken: number[];
  readonly stateBefore: number;
}

const direct: readonly (readonly number[])[] = [[]];

class Search {
  readonly #required: readonly Required[];
  readonly #optional: OptionalMoves;
  readonly #budget: Budget;
  /** Moves not yet taken, by call and by answer. */
  readonly #calls: LinkedList;
  readonly #answers: LinkedList;
  /** One bit for each required move: taken. */
  readonly #bits: Uint32Array;
  #takenCount = 0;
  #state = initialValue;
  /** By value: required moves not yet taken that need it, and that leave it. */
  readonly #needing: Int32Array;
  readonly #leaving: Int32Array;
  readonly #seen = new Set<string>();

  constructor(steps: readonly Step[], budget: Budget) {
    const required = steps.filter(isRequired);
    const optional = withoutUseless(steps).filter((step) => !isRequired(step));
    const values = 1 + steps.reduce((most, { needs, leaves }) => Math.max(most, needs, leaves), 0);
    this.#required = required;
    this.#optional = new OptionalMoves(optional, values, budget);
    this.#budget = budget;
    const byAnswer = required
      .map(({ answeredAt }, move) => ({ answeredAt, move }))
      .sort((a, b) => a.answeredAt - b.answeredAt);
    this.#calls = linkedList(required.map((_, move) => move));
    this.#answers = linkedList(byAnswer.map(({ move }) => move));
    this.#bits = new Uint32Array((required.length >> 5) + 1);
    this.#needing = new Int32Array(values);
    this.#leaving = new Int32Array(values);
    for (const move of required.keys()) this.#count(move, 1);
  }

  run(): Found {
    const end = this.#required.length;
    const frames: Frame[] = [];
    this.#takeLooks([]);
    let move = this.#calls.first;
    let ways: readonly (readonly number[])[] | null = null;
    let way = 0;
    while (this.#takenCount < end) {
      if (this.#budget.isSpent) return 'open';
      this.#budget.spend(1);
      if (move === end || this.#at(move).calledAt > this.#horizon) {
        const frame = frames.pop();
        if (!frame) return 'none';
        this.#undo(frame);
        ({ move, ways } = frame);
        way = frame.way + 1;
        continue;
      }
      ways ??= this.#waysTo(move);
      if (way >= ways.length) {
        move = this.#calls.after(move);
        ways = null;
        way = 0;
        continue;
      }
      const frame = this.#make(move, ways, way);
      if (!frame) {
        way++;
        continue;
      }
      frames.push(frame);
      move = this.#calls.first;
      ways = null;
      way = 0;
    }
    return 'order';
  }

  /** The earliest answer not yet explained: what was called after it must come later. */
  get #horizon(): number {
    const first = this.#answers.first;
    return first === this.#required.length ? Infinity : this.#at(first).answeredAt;
  }

  #at(move: number): Required {
    return this.#required[move] as Required;
  }

  /** The chains of unknown moves that bring about what `move` needs; an empty one if it finds it here. */
  #waysTo(move: number): readonly (readonly number[])[] {
    const { needs } = this.#at(move);
    if (needs === anyValue || needs === this.#state) return direct;
    return this.#optional.chains(this.#state, needs, this.#horizon);
  }

  /** Takes `move` by one of its `ways`; `null`, with nothing changed, if that leads nowhere new. */
  #make(move: number, ways: Frame['ways'], way: number): Frame | null {
    const taken: number[] = [];
    const frame: Frame = { move, ways, way, taken, stateBefore: this.#state };
    const chain = ways[way] as readonly number[];
    const { needs, leaves } = this.#at(move);
    const overwrites = this.#optional.overwrites(chain) || (chain.length === 0 && needs < 0);
    if (overwrites) this.#hidePuts(move, taken);
    for (const kind of chain) this.#optional.use(kind);
    this.#take(move, taken);
    this.#state = leaves;
    const left = [frame.stateBefore, ...this.#optional.valuesLeftBy(chain)];
    if (left.some((value) => value !== leaves && this.#isLost(value))) {
      this.#undo(frame);
      return null;
    }
    this.#takeLooks(taken);
    const key = this.#key();
    if (this.#seen.has(key)) {
      this.#undo(frame);
      return null;
    }
    this.#seen.add(key);
    return frame;
  }

  #undo({ ways, way, taken, stateBefore }: Frame): void {
    for (let last = taken.pop(); last !== undefined; last = taken.pop()) {
      this.#calls.restore(last);
      this.#answers.restore(last);
      this.#count(last, 1);
      this.#bits[last >> 5] = this.#word(last >> 5) & ~(1 << (last & 31));
      this.#takenCount--;
    }
    for (const kind of ways[way] as readonly number[]) this.#optional.giveBack(kind);
    this.#state = stateBefore;
  }

  #take(move: number, taken: number[]): void {
    this.#calls.remove(move);
    this.#answers.remove(move);
    this.#count(move, -1);
    this.#bits[move >> 5] = this.#word(move >> 5) | (1 << (move & 31));
    this.#takenCount++;
    taken.push(move);
  }

  #count(move: number, by: 1 | -1): void {
    const { needs, leaves } = this.#at(move);
    if (needs >= 0) this.#needing[needs] = (this.#needing[needs] ?? 0) + by;
    if (leaves >= 0 && leaves !== needs) this.#leaving[leaves] = (this.#leaving[leaves] ?? 0) + by;
  }

  /** Takes all that only look and find what they need. */
  #takeLooks(taken: number[]): void {
    const end = this.#required.length;
    for (let move = this.#calls.first; move !== end && this.#needing[this.#state];) {
      this.#budget.spend(1);
      const { needs, leaves, calledAt } = this.#at(move);
      if (calledAt > this.#horizon) return;
      const next = this.#calls.after(move);
      if (needs === this.#state && leaves === needs) this.#take(move, taken);
      move = next;
    }
  }

  /**
   * `move` is about to overwrite: every other put may stand before it whose value nobody needs, or only looks that can
   * stand there with it.
   */
  #hidePuts(move: number, taken: number[]): void {
    const end = this.#required.length;
    const puts: number[] = [];
    const looks = new Map<number, number[]>();
    for (let other = this.#calls.first; other !== end; other = this.#calls.after(other)) {
      this.#budget.spend(1);
      const { needs, leaves, calledAt } = this.#at(other);
      if (calledAt > this.#horizon) break;
      if (other === move) continue;
      if (needs === anyValue) puts.push(other);
      else if (needs === leaves) looks.set(needs, [...(looks.get(needs) ?? []), other]);
    }
    for (const put of puts) {
      const { leaves } = this.#at(put);
      const seenBy = looks.get(leaves) ?? [];
      if (this.#needing[leaves] !== seenBy.length || this.#optional.isNeeded(leaves)) continue;
      this.#take(put, taken);
      for (const look of seenBy) this.#take(look, taken);
      looks.delete(leaves);
    }
  }

  #isUseless(value: number): boolean {
    return !this.#needing[value] && !this.#optional.isNeeded(value);
  }

  /** Somebody needs `value` and nobody can bring it back. */
  #isLost(value: number): boolean {
    if (!this.#needing[value]) return false;
    return !this.#leaving[value] && !this.#optional.isLeft(value);
  }

  #word(index: number): number {
    return this.#bits[index] as number;
  }

  /** What is taken and what the key holds. Values that nobody needs are all the same. */
  #key(): string {
    const state = this.#isUseless(this.#state) ? anyValue : this.#state;
    const first = this.#calls.first >> 5;
    let key = `${state} ${this.#optional.key} ${first}`;
    // Below its word everything is taken.
    let left = this.#takenCount - (first << 5);
    for (let index = first; left > 0; index++) {
      const word = this.#word(index);
      key += ` ${word}`;
      left -= ones(word);
    }
    return key;
  }
}

/** How many bits of a 32-bit word are set. */
function ones(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
