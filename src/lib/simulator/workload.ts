/** What clients ask for: few keys, so that they meet, and no value twice, so that a history tells who wrote what. */
import type { Command } from '#protocols/core/client.ts';
import type { Random } from './random.ts';

const keyCount = 4;

export class Workload {
  readonly random: Random;
  readonly #clients: number;
  /** Written last, by its own account: a likely guess for a compare-and-swap. */
  readonly #latest = new Map<string, string>();
  #values = 0;

  constructor(random: Random, clients: number) {
    this.random = random;
    this.#clients = clients;
  }

  draw(): { readonly client: number; readonly command: Command } {
    const { random } = this;
    const client = random.between(0, this.#clients - 1);
    const key = `k${random.between(0, keyCount - 1)}`;
    const kind = random.between(0, 9);
    if (kind < 3) return { client, command: { op: 'get', key } };
    if (kind === 3) {
      this.#latest.delete(key);
      return { client, command: { op: 'delete', key } };
    }
    const value = String(++this.#values);
    const expected = this.#latest.get(key) ?? null;
    this.#latest.set(key, value);
    if (kind < 6) return { client, command: { op: 'cas', key, expected, value } };
    return { client, command: { op: 'put', key, value } };
  }
}
