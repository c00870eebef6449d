/** What the store may hold at each index, as far as what was executed tells. */
import type { Applied } from './watch.ts';

interface Register {
  /** What it may hold; `null`: nothing. */
  possible: Set<string | null>;
  readonly written: Set<string>;
}

/** To be asked by ascending index. A write that came before, or a deletion, may be a repeated request, which changes nothing. */
export class Shown {
  readonly #applied: readonly Applied[];
  readonly #registers = new Map<string, Register>();
  #upTo = 0;

  constructor(applied: readonly Applied[]) {
    this.#applied = applied;
  }

  /** Whether a read of `key` that reflects everything up to `index` may find `value`. */
  mayBe(key: string, value: string | null, index: number): boolean {
    for (; this.#upTo < index; this.#upTo++) this.#execute(this.#applied[this.#upTo]);
    return this.#register(key).possible.has(value);
  }

  #execute(entry: Applied | undefined): void {
    const command = entry?.command;
    if (!command || !entry?.result.ok) return;
    if (command.op === 'delete') this.#register(command.key).possible.add(null);
    if (command.op !== 'put' && command.op !== 'cas') return;
    const register = this.#register(command.key);
    if (register.written.has(command.value)) register.possible.add(command.value);
    else register.possible = new Set([command.value]);
    register.written.add(command.value);
  }

  #register(key: string): Register {
    const known = this.#registers.get(key);
    if (known) return known;
    const register: Register = { possible: new Set([null]), written: new Set() };
    this.#registers.set(key, register);
    return register;
  }
}
