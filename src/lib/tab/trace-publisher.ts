/**
 * Gathers the trace of one replica into batches for the screens. A batch fits one frame; the next waits until the
 * page took the one before; what piles up meanwhile is dropped from the old end and counted.
 */
import type { Protocol, ReplicaSummary } from '#protocols/core/protocol.ts';
import { show } from '../host/trace-wire.ts';
import type { TraceEvent } from '../host/trace.ts';

/** One data-channel frame less its headers. */
const batchBytesMax = 14_000;
/** Events kept for the next batch: about what one batch can hold, so that a busy replica shows its present. */
const pendingMax = 256;

export class TracePublisher<M, S, N> {
  readonly #protocol: Protocol<M, S, N>;
  readonly #cluster: string;
  readonly #incarnation: number;
  readonly #encoder = new TextEncoder();
  #pending: TraceEvent<M, N>[] = [];
  #dropped = 0;

  constructor(protocol: Protocol<M, S, N>, cluster: string, incarnation: number) {
    this.#protocol = protocol;
    this.#cluster = cluster;
    this.#incarnation = incarnation;
  }

  get hasNews(): boolean {
    return this.#pending.length > 0;
  }

  add(event: TraceEvent<M, N>): void {
    this.#pending.push(event);
    if (this.#pending.length > 2 * pendingMax) {
      this.#dropped += this.#pending.length - pendingMax;
      this.#pending = this.#pending.slice(-pendingMax);
    }
  }

  /** The bytes of one batch: as many of the oldest pending events as fit, and the replica's present. */
  take(summary: ReplicaSummary): Uint8Array {
    const head = JSON.stringify({
      type: 'steps',
      cluster: this.#cluster,
      incarnation: this.#incarnation,
      summary,
      dropped: this.#dropped,
    });
    let room = batchBytesMax - head.length;
    const events: string[] = [];
    let taken = 0;
    for (const event of this.#pending) {
      const text = JSON.stringify(show(this.#protocol, event));
      if (text.length > room && events.length > 0) break;
      taken++;
      if (text.length > room) {
        this.#dropped++;
        continue;
      }
      room -= text.length + 1;
      events.push(text);
    }
    this.#pending.splice(0, taken);
    return this.#encoder.encode(`${head.slice(0, -1)},"events":[${events.join(',')}]}`);
  }
}
