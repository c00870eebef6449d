/** Interleaved repetitions and their medians. */

export interface BenchOptions {
  readonly repeat: number;
  readonly commands: number;
}

/** One line of a table: figures by name. */
export type Row = Readonly<Record<string, number | string>>;

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Seconds that `run` takes. */
export function seconds(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/**
 * Each of `figures` once a repetition, so that whatever else the machine does hits all of them alike.
 * @returns by name, the figure of every repetition
 */
export async function interleaved<Name extends string>(
  repeat: number,
  figures: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(figures) as Name[];
  const all = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  for (let i = 0; i < repeat; i++) for (const name of names) all[name].push(await figures[name]());
  return all;
}

/** The median of `above / below` within each repetition. */
export function ratio(above: readonly number[], below: readonly number[]): number {
  return median(above.map((figure, i) => figure / (below[i] ?? NaN)));
}

/** Seconds that something took, on all cores together if of processors. */
export interface Cost {
  readonly passed: number;
  readonly processors: number;
}

export async function costOf(run: () => Promise<void> | void): Promise<Cost> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(used);
  return { passed: (performance.now() - start) / 1e3, processors: (user + system) / 1e6 };
}

export function times({ passed, processors }: Cost, factor: number): Cost {
  return { passed: passed * factor, processors: processors * factor };
}

export function plus(a: Cost, b: Cost): Cost {
  return { passed: a.passed + b.passed, processors: a.processors + b.processors };
}
