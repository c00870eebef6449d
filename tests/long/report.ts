/** What a check says: a line now and then while it runs, and at its end what it looked at and what it found. */
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const problemsShown = 5;

/** One thing that must hold. `looked`: how many things were held to it; none is no proof. */
export interface Verdict {
  readonly title: string;
  readonly looked: number;
  readonly problems: readonly string[];
}

export class Report {
  readonly #lines: string[] = [];
  readonly #startedAt = performance.now();
  readonly #loadBefore = load();
  /** Of this process, which has little to do: how long a starved machine makes everybody wait. */
  readonly #delays = monitorEventLoopDelay({ resolution: 10 });
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  constructor() {
    this.#delays.enable();
  }

  progress(line: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(0).padStart(4);
    console.log(`${seconds} s  ${line}`);
  }

  /** Something measured or chosen, for the end. */
  figure(name: string, value: string | number): void {
    this.#lines.push(`${name}: ${value}`);
  }

  verdict({ title, looked, problems }: Verdict): void {
    const holds = problems.length === 0 && looked > 0;
    if (holds) this.#passed++;
    else this.#failed++;
    this.#lines.push(`${holds ? 'passed' : 'FAILED'}: ${title} (${looked} looked at)`);
    for (const problem of problems.slice(0, problemsShown)) this.#lines.push(`  ${problem}`);
    if (problems.length > problemsShown) {
      this.#lines.push(`  and ${problems.length - problemsShown} more`);
    }
  }

  /** Cannot be done on this machine: a sentence. */
  stepAside(why: string): void {
    this.#skipped++;
    this.#lines.push(`stepped aside: ${why}`);
  }

  /** @returns whether nothing failed. */
  end(): boolean {
    const minutes = (performance.now() - this.#startedAt) / 60_000;
    this.figure('time', `${minutes.toFixed(1)} min`);
    this.figure('load of the machine (1 min)', `${this.#loadBefore} before, ${load()} after`);
    const delays = [this.#delays.percentile(99), this.#delays.max].map((ns) =>
      (ns / 1e6).toFixed(0),
    );
    this.figure("this script's own timers came late by", `p99 ${delays[0]}, max ${delays[1]} ms`);
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : '';
    console.log(`\n${this.#lines.join('\n')}\n`);
    console.log(`${this.#passed} passed, ${this.#failed} failed${skipped}`);
    return this.#failed === 0;
  }
}

const load = (): string => (loadavg()[0] ?? 0).toFixed(1);

/** Nearest rank; `NaN` of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** `p50 310, p90 590, max 702 ms`. */
export function spread(values: readonly number[], shares: readonly number[] = [0.5, 0.9]): string {
  const parts = shares.map((share) => `p${share * 100} ${percentile(values, share).toFixed(0)}`);
  return `${parts.join(', ')}, max ${percentile(values, 1).toFixed(0)} ms`;
}

/** Resident memory of a process, MiB. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}
