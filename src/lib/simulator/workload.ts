/** What clients ask for: few keys, so that they meet, and no value twice, so that a history tells who wrote what. */
import type { Command } from '#protocols/core/client.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import type { Step } from '#protocols/core/schedule.ts';
import type { Random } from './random.ts';

const keyCount = 4;
/** Of so many reads outside the log one is local, and may be old. */
const localEvery = 4;

export class Workload {
  readonly random: Random;
  readonly #clients: number;
  /** Written last, by its own account: a likely guess for a compare-and-swap. */
  readonly #latest = new Map<string, string>();
  #values = 0;
  #queries = 0;

  constructor(random: Random, clients: number) {
    this.random = random;
    this.#clients = clients;
  }

  /** What the next client asks for, at tick `at`. */
  draw(at: Ticks): Extract<Step, { type: 'request' | 'query' }> {
    const { random } = this;
    const client = random.between(0, this.#clients - 1);
    const key = `k${random.between(0, keyCount - 1)}`;
    const kind = random.between(0, 9);
    if (kind < 2) {
      const read = ++this.#queries % localEvery === 0 ? 'local' : 'index';
      return { type: 'query', at, client, key, read };
    }
    return { type: 'request', at, client, command: this.#command(kind, key) };
  }

  #command(kind: number, key: string): Command {
    if (kind === 2) return { op: 'get', key };
    if (kind === 3) {
      this.#latest.delete(key);
      return { op: 'delete', key };
    }
    const value = String(++this.#values);
    const expected = this.#latest.get(key) ?? null;
    this.#latest.set(key, value);
    if (kind < 6) return { op: 'cas', key, expected, value };
    return { op: 'put', key, value };
  }
}
