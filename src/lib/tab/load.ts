/** A steady load from one client: so many commands in flight, for so long; what it took is counted here, not on a page. */
import type { Command } from '#protocols/core/client.ts';
import type { LoadReport } from './worker-messages.ts';

export interface LoadOptions {
  /** Commands without an answer at any time, at least 1. */
  readonly inFlight: number;
  readonly durationMs: number;
  /** What the keys begin with. A load writes to `inFlight` keys, over and over. */
  readonly prefix: string;
}

export class Load {
  readonly #options: LoadOptions;
  readonly #submit: (commands: readonly Command[]) => void;
  readonly #done: (report: LoadReport) => void;
  readonly #latencies: number[] = [];
  readonly #startedAt = performance.now();
  #sent = 0;
  #waiting = 0;

  constructor(
    options: LoadOptions,
    submit: (commands: readonly Command[]) => void,
    done: (report: LoadReport) => void,
  ) {
    this.#options = options;
    this.#submit = submit;
    this.#done = done;
    this.#send(options.inFlight);
  }

  /** Results of commands of this load, all that one turn brought. */
  settled(latenciesMs: readonly number[]): void {
    this.#latencies.push(...latenciesMs);
    this.#waiting -= latenciesMs.length;
    const elapsedMs = performance.now() - this.#startedAt;
    if (elapsedMs < this.#options.durationMs) return this.#send(latenciesMs.length);
    if (this.#waiting > 0) return;
    const sorted = this.#latencies.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    this.#done({ commands: sorted.length, elapsedMs, p50: at(0.5), p99: at(0.99) });
  }

  #send(count: number): void {
    const { prefix, inFlight } = this.#options;
    const commands: Command[] = [];
    for (let i = 0; i < count; i++) {
      const n = this.#sent++;
      commands.push({ op: 'put', key: `${prefix}${n % inFlight}`, value: String(n) });
    }
    this.#waiting += count;
    this.#submit(commands);
  }
}
