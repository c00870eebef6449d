/** What is measured: clusters whose replicas are joined by plain function calls, under a load that never lets up. */
import { clientId, type MemberId } from '#protocols/core/ids.ts';
import type { ClientRequest } from '#protocols/core/client.ts';

export interface Load {
  /** Commands handed to the leader in one event. */
  readonly batch: number;
  /** Such events on their way at once: the next is handed over when one is answered. */
  readonly inFlight: number;
}

/** A cluster with a leader. */
export interface Subject {
  /** Commits `count` commands, a multiple of the batch, and returns once the leader has executed the last. */
  commit(count: number, load: Load): void;
}

/** Makes a cluster of `n`, which elects its leader. */
export type Start = (n: number) => Subject;

const client = clientId('0'.repeat(32) as MemberId, '00000001');

/** Command number `seq`, from 1: a put on one of 100 keys, of a client that has heard all but the last `window`. */
export function requestOf(seq: number, window: number): ClientRequest {
  const command = { op: 'put', key: `key-${seq % 100}`, value: `value-${seq}` } as const;
  return { client, seq, ackedBelow: Math.max(1, seq - window), command };
}

/** Counts what a closed loop has to hand over: all at first, then as much as was answered. */
export class ClosedLoop {
  readonly #load: Load;
  #seq: number;
  #left: number;
  #answered = 0;
  #handed = 0;

  constructor(firstSeq: number, count: number, load: Load) {
    this.#load = load;
    this.#seq = firstSeq;
    this.#left = count;
  }

  get isDone(): boolean {
    return this.#left === 0 && this.#answered === this.#handed;
  }

  answered(count: number): void {
    this.#answered += count;
  }

  /** The batches to hand over now. */
  due(): ClientRequest[][] {
    const { batch, inFlight } = this.#load;
    const batches: ClientRequest[][] = [];
    while (this.#left > 0 && this.#handed - this.#answered + batch <= batch * inFlight) {
      const window = batch * inFlight;
      const requests: ClientRequest[] = [];
      for (let i = 0; i < batch; i++) requests.push(requestOf(this.#seq++, window));
      batches.push(requests);
      this.#handed += batch;
      this.#left -= batch;
    }
    return batches;
  }
}
