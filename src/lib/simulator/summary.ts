/** What many runs come to. */
import type { Violation } from '#protocols/core/checker.ts';
import type { Script } from '#protocols/core/schedule.ts';
import { addFaults, noFaults, type FaultCounts } from './counts.ts';
import type { Outcome } from './run.ts';

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
  /** Of these, how many lay across two views. */
  forksAcross: number;
  readonly failures: Failure[];
}

export function emptySummary(nodes: number): Summary {
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
    forksAcross: 0,
    failures: [],
  };
}

/** One more run. */
export function add(summary: Summary, outcome: Outcome): void {
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
  if (!court.fork) return;
  summary.forks[court.fork.verdict]++;
  if (court.fork.isAcross) summary.forksAcross++;
}

/** Those of another summary of the same size of cluster. */
export function addSummary(sum: Summary, more: Summary): void {
  for (const name of counted) sum[name] += more[name];
  addFaults(sum.faults, more.faults);
  addCounts(sum.lies, more.lies);
  addCounts(sum.evidence, more.evidence);
  addCounts(sum.forks, more.forks);
  sum.failures.push(...more.failures);
  sum.failures.sort((a, b) => a.seed - b.seed);
}

const counted = [
  'runs',
  'events',
  'replicaSteps',
  'ticks',
  'leaders',
  'snapshotsTaken',
  'snapshotsInstalled',
  'memberships',
  'commits',
  'requests',
  'staleReads',
  'historiesOpen',
  'liars',
  'convicted',
  'framed',
  'forksAcross',
] as const satisfies readonly (keyof Summary)[];

function addCounts(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
}
