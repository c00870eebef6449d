/** A campaign over several processes: each takes a few seeds at a time, and what they find is added up. */
import { fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import type { Plan } from './campaign.ts';
import { addSummary, emptySummary, type Summary } from './summary.ts';

/** Seeds `first` to `last` of a cluster of `nodes`. */
export interface Portion {
  readonly nodes: number;
  readonly seeds: readonly [first: number, last: number];
}

/** What became of a portion. */
export interface Share {
  readonly summary: Summary;
  /** Seconds of processor time since the share before. */
  readonly cpu: number;
}

const portionSeeds = 200;
const worker = new URL('job.ts', import.meta.url);

/**
 * Runs `plan` in `jobs` processes that are given the command line `args`. Returns the same as one process, with the
 * seconds of processor time of all of them.
 *
 * @throws Error if one of them dies.
 */
export async function campaignOver(
  jobs: number,
  args: readonly string[],
  plan: Plan,
  onPortion: (summary: Summary) => void,
): Promise<{ readonly summaries: Summary[]; readonly cpu: number }> {
  const summaries = plan.nodes.map(emptySummary);
  const portions = portionsOf(plan);
  let cpu = 0;
  const take = (share: Share): void => {
    const sum = summaries.find(({ nodes }) => nodes === share.summary.nodes) as Summary;
    addSummary(sum, share.summary);
    cpu += share.cpu;
    onPortion(sum);
  };
  await workOver({ jobs, worker, args }, portions, take);
  return { summaries, cpu };
}

function* portionsOf({ nodes, seeds: [first, last] }: Plan): Generator<Portion, void> {
  for (const size of nodes) {
    for (let seed = first; seed <= last; seed += portionSeeds) {
      yield { nodes: size, seeds: [seed, Math.min(last, seed + portionSeeds - 1)] };
    }
  }
}

export interface Workforce {
  readonly jobs: number;
  /** A module that answers each message, a portion, with one, its share. */
  readonly worker: URL;
  /** The command line of each process. */
  readonly args: readonly string[];
}

/**
 * Has `portions` worked off by several processes, each of which takes the next when it is done with one.
 *
 * @throws Error if one of them dies.
 */
export async function workOver<P extends Serializable, S>(
  { jobs, ...work }: Workforce,
  portions: Iterator<P, void>,
  take: (share: S) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, () => workOff(work, portions, take)));
}

/** One process, until nothing is left. */
async function workOff<P extends Serializable, S>(
  { worker, args }: Omit<Workforce, 'jobs'>,
  portions: Iterator<P, void>,
  take: (share: S) => void,
): Promise<void> {
  const child = fork(worker, args, { execArgv: execArgv() });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the campaign ended with ${String(code)}`);
  });
  died.catch(() => undefined);
  for (let next = portions.next(); !next.done; next = portions.next()) {
    child.send(next.value);
    const [share] = (await Promise.race([once(child, 'message'), died])) as [S];
    take(share);
  }
  child.disconnect();
}

/** TypeScript is to be understood there too. */
function execArgv(): string[] {
  const understood = process.execArgv.some((argument) => argument.includes('tsx'));
  return understood ? process.execArgv : [...process.execArgv, '--import', 'tsx'];
}
