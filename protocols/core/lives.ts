/** What the checkers of all protocols keep: what they have found, and what they know of each replica in its present life. */
import type { Violation } from './checker.ts';
import type { ReplicaId } from './ids.ts';

const nothing: readonly Violation[] = [];

/** What no longer holds, until somebody takes it. */
export class Findings {
  /** Whoever checks a part adds to it. */
  list: Violation[] = [];

  fail(id: string, text: string): void {
    this.list.push({ id, text });
  }

  take(): readonly Violation[] {
    if (this.list.length === 0) return nothing;
    const found = this.list;
    this.list = [];
    return found;
  }
}

interface Life<S> {
  readonly state: Readonly<S>;
}

/** One life of each replica at a time: it ends with a crash, and a state not seen before begins another. */
export class Lives<S extends { readonly self: ReplicaId }, L extends Life<S>> {
  readonly #lives = new Map<ReplicaId, L>();
  readonly #begin: (state: Readonly<S>) => L;

  constructor(begin: (state: Readonly<S>) => L) {
    this.#begin = begin;
  }

  of(state: Readonly<S>): L {
    const known = this.#lives.get(state.self);
    if (known?.state === state) return known;
    const life = this.#begin(state);
    this.#lives.set(state.self, life);
    return life;
  }

  /** Ends the life of `self`, and returns it if there was one. */
  end(self: ReplicaId): L | undefined {
    const life = this.#lives.get(self);
    this.#lives.delete(self);
    return life;
  }

  all(): Iterable<L> {
    return this.#lives.values();
  }
}
