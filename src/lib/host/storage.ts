/**
 * Where a replica's durable state lives. Contract of every implementation (tests/host/storage-contract.ts):
 *
 * - `load` comes first, once; `persist` before it is refused.
 * - Callbacks of `persist` come in the order of the calls, never within a call.
 * - A write is whole or absent after a crash, and a refused write is followed by refusals only: what is kept is
 *   always the state after some prefix of the calls, and no shorter than what was acknowledged.
 */
import type { DurableState, Json, Write } from '#protocols/core/replica.ts';

/** `error` is a sentence for a person. */
export type PersistOutcome = { readonly ok: true } | { readonly ok: false; readonly error: string };

export type LoadOutcome =
  | { readonly ok: true; readonly durable: DurableState }
  /**
   * `damaged`: what was kept is gone or no longer what was written. It must never be used as if it were shorter: a
   * replica that forgot a vote could give another. Its person comes back under a new key.
   */
  | { readonly ok: false; readonly error: string; readonly damaged: boolean };

export interface Storage {
  /** The state after the last write, its keys in order of their code units. */
  load(): Promise<LoadOutcome>;
  /** `done` says `ok` only when the writes survive a crash of this process and, where asked for, of the machine. */
  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void;
  /** Later calls are refused; those under way are still answered, either way. */
  close(): void;
}

/** Applies `writes` to `state` in order. A range costs one look at every key held. */
export function applyWrites(state: Map<string, Json>, writes: readonly Write[]): void {
  for (const write of writes) {
    if (write.type === 'put') {
      state.set(write.key, write.value);
      continue;
    }
    for (const key of state.keys()) {
      if (write.from <= key && key < write.to) state.delete(key);
    }
  }
}

/** The same records with their keys in order of code units. */
export function inKeyOrder(state: ReadonlyMap<string, Json>): Map<string, Json> {
  return new Map([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What survives of a {@link MemoryStorage} when its replica crashes: hand it to the next one. */
export type MemoryDisk = Map<string, Json>;

/** Keeps the state in this process: for the simulator, for tests, and for a tab that may not keep anything. */
export class MemoryStorage implements Storage {
  readonly #disk: MemoryDisk;
  readonly #later: (run: () => void) => void;
  #state: 'new' | 'loaded' | 'closed' = 'new';

  /** @param later runs what it is given after the present call: a write takes that long. In order, please. */
  constructor(disk: MemoryDisk = new Map(), later: (run: () => void) => void = queueMicrotask) {
    this.#disk = disk;
    this.#later = later;
  }

  load(): Promise<LoadOutcome> {
    if (this.#state !== 'new') return Promise.resolve(loadRefused(this.#state));
    this.#state = 'loaded';
    return Promise.resolve({ ok: true, durable: inKeyOrder(this.#disk) });
  }

  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void {
    if (this.#state !== 'loaded') {
      const error = persistRefused(this.#state);
      this.#later(() => done({ ok: false, error }));
      return;
    }
    // A copy through text: what comes back after a crash is what a disk would have kept, sharing nothing.
    const kept = JSON.parse(JSON.stringify(writes)) as Write[];
    this.#later(() => {
      applyWrites(this.#disk, kept);
      done({ ok: true });
    });
  }

  close(): void {
    this.#state = 'closed';
  }
}

/** What `load` says when it is not the first call. */
export function loadRefused(state: 'loaded' | 'closed'): LoadOutcome {
  const error =
    state === 'closed' ? 'This disk was closed.' : 'This disk was read already: open it again.';
  return { ok: false, error, damaged: false };
}

/** What `persist` says before `load` and after `close`. */
export function persistRefused(state: 'new' | 'closed'): string {
  return state === 'closed'
    ? 'This disk was closed: nothing was written.'
    : 'This disk was not read yet: nothing was written.';
}
