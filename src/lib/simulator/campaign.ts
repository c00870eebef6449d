/** Many runs, one after the other, summed up; the first that fails is cut down and told. */
import type { Violation } from '#protocols/core/checker.ts';
import type { Script } from '#protocols/core/schedule.ts';
import { addFaults, noFaults, type FaultCounts } from './counts.ts';
import type { Outsiders } from './healing.ts';
import { runScript, runSeed, type Mode, type Outcome, type RunOptions } from './run.ts';
import { shrink } from './shrink.ts';
import { lineOf, shortIds } from './story.ts';

export interface Failure {
  readonly nodes: number;
  readonly seed: number;
  readonly violation: Violation;
  /** The shortest script that still fails in the same way; `null` for failures after the first. */
  readonly script: Script | null;
  /** What that script makes happen, a line for each event; its end if it is long. */
  readonly trace: readonly string[];
}

export interface Summary {
  readonly nodes: number;
  runs: number;
  events: number;
  replicaSteps: number;
  ticks: number;
  leaders: number;
  snapshotsTaken: number;
  snapshotsInstalled: number;
  memberships: number;
  commits: number;
  requests: number;
  /** Local reads that were older than what some client had been told: they may be. */
  staleReads: number;
  /** Runs whose clients' history was not judged to the end. */
  historiesOpen: number;
  readonly faults: FaultCounts;
  /** Runs in which somebody lied, and how often something false was said or something true was not, by behaviour. */
  liars: number;
  readonly lies: Record<string, number>;
  /** Pieces of evidence by kind, members convicted by them, and among these the honest: none. */
  readonly evidence: Record<string, number>;
  convicted: number;
  framed: number;
  /** Runs in which two honest replicas held certificates for different things, by what the court said. */
  readonly forks: Record<'liars' | 'cannot tell', number>;
  readonly failures: Failure[];
}

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
      if (violation && summary.failures.length === 0) {
        summary.failures.push(cutDown(options, seed, outcome, violation));
      } else if (violation) {
        summary.failures.push({ nodes, seed, violation, script: null, trace: [] });
      }
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

function cutDown(
  options: RunOptions,
  seed: number,
  { world, steps, ticks }: Outcome,
  violation: Violation,
): Failure {
  const script: Script = {
    title: shortIds(`${violation.id}: ${violation.text}`),
    protocol: options.laboratory.protocol.name,
    bug: options.bug?.name ?? null,
    world,
    steps: [...steps],
    until: ticks,
  };
  const failure = { nodes: world.nodes, seed, violation };
  const shrunk = shrink(options, script, { runsMax: shrinkRunsMax });
  return { ...failure, script: shrunk.script, trace: tell(options, shrunk.script) };
}

function emptySummary(nodes: number): Summary {
  return {
    nodes,
    runs: 0,
    events: 0,
    replicaSteps: 0,
    ticks: 0,
    leaders: 0,
    snapshotsTaken: 0,
    snapshotsInstalled: 0,
    memberships: 0,
    commits: 0,
    requests: 0,
    staleReads: 0,
    historiesOpen: 0,
    faults: noFaults(),
    liars: 0,
    lies: {},
    evidence: {},
    convicted: 0,
    framed: 0,
    forks: { liars: 0, 'cannot tell': 0 },
    failures: [],
  };
}

function add(summary: Summary, outcome: Outcome): void {
  summary.runs++;
  summary.events += outcome.events;
  summary.replicaSteps += outcome.replicaSteps;
  summary.ticks += outcome.ticks;
  summary.leaders += outcome.leaders;
  summary.snapshotsTaken += outcome.snapshotsTaken;
  summary.snapshotsInstalled += outcome.snapshotsInstalled;
  summary.memberships += outcome.memberships;
  summary.staleReads += outcome.staleReads;
  summary.commits += outcome.commits;
  summary.requests += outcome.requests;
  if (outcome.historyOpen) summary.historiesOpen++;
  addFaults(summary.faults, outcome.faults);
  addCounts(summary.lies, outcome.lies);
  const { court } = outcome;
  if (outcome.liars > 0) summary.liars++;
  if (!court) return;
  addCounts(summary.evidence, court.evidence);
  summary.convicted += court.convicted;
  summary.framed += court.framed.length;
  if (court.fork) summary.forks[court.fork.verdict]++;
}

function addCounts(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
}
