/**
 * Batches of trace on their way to the screens of others. A trace leaves only when its link has nothing better to do;
 * until then it waits here, so that no screen misses an election for a moment's traffic. A link that stays busy is
 * given the present instead of the past.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import type { MeshTransport } from '../mesh/transport.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';

/** Batches that wait for one link; with one more, only the newest is kept. */
export const batchesMax = 4;
/** A batch that has waited for longer, in ms, is past: its link is busy for good, or cut. */
export const waitMsMax = 1_000;
/** How often a waiting batch looks whether its link is free, in ms. */
const lookMs = 50;

interface Batch {
  readonly bytes: Uint8Array;
  readonly at: number;
}

export class TraceMail {
  readonly #mesh: Pick<MeshTransport, 'idle' | 'send'>;
  readonly #clock: Clock;
  readonly #waiting = new Map<MemberId, readonly Batch[]>();
  #timer: TimerHandle | null = null;

  constructor(mesh: Pick<MeshTransport, 'idle' | 'send'>, clock: Clock) {
    this.#mesh = mesh;
    this.#clock = clock;
  }

  /** Sends `bytes` to each of `to` as soon as its link is free. */
  post(to: readonly MemberId[], bytes: Uint8Array): void {
    const batch = { bytes, at: this.#clock.now() };
    for (const peer of to) {
      const waiting = this.#waiting.get(peer) ?? [];
      this.#waiting.set(peer, waiting.length < batchesMax ? [...waiting, batch] : [batch]);
    }
    this.#deliver();
  }

  #deliver(): void {
    const oldest = this.#clock.now() - waitMsMax;
    for (const [peer, waiting] of this.#waiting) {
      const fresh = waiting.filter(({ at }) => at >= oldest);
      const free = this.#mesh.idle(peer);
      if (free || fresh.length === 0) this.#waiting.delete(peer);
      else this.#waiting.set(peer, fresh);
      if (!free || fresh.length === 0) continue;
      this.#mesh.send(
        peer,
        fresh.map(({ bytes }) => ({ kind: 'trace', bytes })),
      );
    }
    if (this.#waiting.size === 0 || this.#timer !== null) return;
    this.#timer = this.#clock.setTimeout(() => this.#look(), lookMs);
  }

  #look(): void {
    this.#timer = null;
    this.#deliver();
  }
}
