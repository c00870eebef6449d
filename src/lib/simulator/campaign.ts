/** Many runs, one after the other, summed up; the first that failed is cut down and told. */
import type { Script } from '#protocols/core/schedule.ts';
import type { Outsiders } from './healing.ts';
import { runScript, runSeed, type Mode, type RunOptions } from './run.ts';
import { shrink } from './shrink.ts';
import { lineOf, shortIds } from './story.ts';
import { add, emptySummary, type Failure, type Summary } from './summary.ts';

export interface Plan {
  readonly mode: Mode;
  readonly outsiders: Outsiders;
  readonly nodes: readonly number[];
  readonly seeds: readonly [first: number, last: number];
  readonly eventsMax: number;
  readonly liars: number | 'tolerated';
  readonly switches: readonly string[];
}

const shrinkRunsMax = 400;
const traceLinesMax = 80;

/** One summary for each size of cluster. `onRun` hears of every run. */
export function campaign(
  options: RunOptions,
  plan: Plan,
  onRun: (summary: Summary) => void,
): Summary[] {
  return plan.nodes.map((nodes) => {
    const summary = emptySummary(nodes);
    for (let seed = plan.seeds[0]; seed <= plan.seeds[1]; seed++) {
      const outcome = runSeed(options, { ...plan, seed, nodes });
      add(summary, outcome);
      const { violation } = outcome;
      if (violation) summary.failures.push({ nodes, seed, violation, script: null, trace: [] });
      onRun(summary);
    }
    return summary;
  });
}

/** The same for one script. */
export function replay(options: RunOptions, script: Script): Summary {
  const { nodes, seed } = script.world;
  const summary = emptySummary(nodes);
  const outcome = runScript(options, script);
  add(summary, outcome);
  const { violation } = outcome;
  if (violation) {
    summary.failures.push({ nodes, seed, violation, script, trace: tell(options, script) });
  }
  return summary;
}

/** What happens when `script` is played, a line for each event; the last so many. */
export function tell(options: RunOptions, script: Script): string[] {
  const lines: string[] = [];
  runScript({ ...options, trace: (event) => void lines.push(lineOf(event)) }, script);
  return lines.slice(-traceLinesMax);
}

/** Runs the first failure of a summary again, and cuts it down. */
export function explainFirst(options: RunOptions, plan: Plan, { failures }: Summary): void {
  const [first] = failures;
  if (first) failures[0] = cutDown(options, plan, first);
}

function cutDown(options: RunOptions, plan: Plan, { nodes, seed, violation }: Failure): Failure {
  const { world, steps, ticks } = runSeed(options, { ...plan, seed, nodes });
  const script: Script = {
    title: shortIds(`${violation.id}: ${violation.text}`),
    protocol: options.laboratory.protocol.name,
    bug: options.bug?.name ?? null,
    world,
    steps: [...steps],
    until: ticks,
  };
  const shrunk = shrink(options, script, { runsMax: shrinkRunsMax });
  const trace = tell(options, shrunk.script);
  return { nodes, seed, violation, script: shrunk.script, trace };
}
