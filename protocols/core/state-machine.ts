/** The replicated key-value store: deterministic, bounded, with a digest of its content. */
import type { Command, Result } from './client.ts';
import { DigestedMap } from './digest.ts';
import { limits } from './limits.ts';

/** Sorted pairs of key and value. */
export type StoreSnapshot = [key: string, value: string][];

export class KeyValueStore {
  #map = new DigestedMap();
  #bytes = 0;

  /** Executes one command other than `stop`. A refusal changes nothing. */
  apply(command: Exclude<Command, { op: 'stop' }>): Result {
    const held = this.#map.get(command.key) ?? null;
    switch (command.op) {
      case 'get':
        return { ok: true, value: held };
      case 'put':
        return this.#write(command.key, command.value, held);
      case 'cas':
        if (held !== command.expected) return { ok: false, error: 'cas-mismatch', value: held };
        return this.#write(command.key, command.value, held);
      case 'delete':
        if (held !== null) this.#bytes -= sizeOf(command.key, held);
        this.#map.delete(command.key);
        return { ok: true, value: held };
    }
  }

  /** The content, sorted by key. */
  snapshot(): StoreSnapshot {
    return this.#map.sorted();
  }

  restore(snapshot: StoreSnapshot): void {
    this.#map = new DigestedMap();
    this.#bytes = 0;
    for (const [key, value] of snapshot) {
      this.#map.set(key, value);
      this.#bytes += sizeOf(key, value);
    }
  }

  digest(): string {
    return this.#map.digest();
  }

  #write(key: string, value: string, held: string | null): Result {
    const bytes = this.#bytes + sizeOf(key, value) - (held === null ? 0 : sizeOf(key, held));
    if (bytes > limits.stateBytesMax) return { ok: false, error: 'state-full', value: held };
    this.#bytes = bytes;
    this.#map.set(key, value);
    return { ok: true, value };
  }
}

/** UTF-16 code units twice: the same everywhere, and never less than the UTF-8 of what a JSON text holds. */
function sizeOf(key: string, value: string): number {
  return 2 * (key.length + value.length);
}
