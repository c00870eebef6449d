/** What a campaign is told as: for people, and as JSON. */
import type { SimulateArguments } from './arguments.ts';
import { faultTitles, type FaultId } from './counts.ts';
import { shortIds } from './story.ts';
import type { Failure, Summary } from './summary.ts';

/** Seconds. `cpu` counts all threads of the process, the collector's and the compiler's too. */
export interface Spent {
  readonly cpu: number;
  readonly wall: number;
}

export function figuresOf(
  { laboratory, bug, plan, checkers, script }: SimulateArguments,
  summaries: readonly Summary[],
  { cpu, wall }: Spent,
) {
  const sum = (of: (summary: Summary) => number): number =>
    summaries.reduce((total, summary) => total + of(summary), 0);
  const events = sum((summary) => summary.events);
  const simulatedSeconds = sum(({ ticks }) => ticks) / 1_000;
  const failed = sum(({ failures }) => failures.length);
  return {
    protocol: laboratory.protocol.name,
    bug: bug?.name ?? null,
    ...(script === null ? plan : { script }),
    checkers,
    events,
    eventsPerSecond: Math.round(events / wall),
    eventsPerProcessorSecond: Math.round(events / cpu),
    simulatedSeconds,
    timesRealTime: Math.round(simulatedSeconds / wall),
    wallSeconds: wall,
    processorSeconds: cpu,
    passed: sum(({ runs }) => runs) - failed,
    failed,
    summaries,
  };
}

export function reportOf(
  told: SimulateArguments,
  summaries: readonly Summary[],
  took: Spent,
): string {
  const figures = figuresOf(told, summaries, took);
  const { protocol } = told.laboratory;
  const what = told.bug ? `${protocol.title} with the bug ${told.bug.name}` : protocol.title;
  const how = told.script ?? `seeds ${told.plan.seeds.join('..')}, ${told.plan.mode}`;
  const lines = [
    `${what}: ${how}, up to ${told.plan.eventsMax} events each, checkers ${told.checkers ?? 'on'}`,
    `${figures.events} events in ${figures.wallSeconds.toFixed(1)} s: ` +
      `${figures.eventsPerSecond} a second, ${figures.eventsPerProcessorSecond} a second of processor time`,
    `${figures.simulatedSeconds.toFixed(0)} s simulated: ${figures.timesRealTime} times real time`,
    ...summaries.map(sizeLine),
    ...faultLines(summaries),
    ...summaries.flatMap(courtLines),
    ...summaries
      .flatMap(({ failures }) => failures)
      .flatMap((failure) => failureLines(told, failure)),
    `${figures.passed} passed, ${figures.failed} failed`,
  ];
  return lines.join('\n');
}

function sizeLine(summary: Summary): string {
  const { nodes, runs, events, replicaSteps, leaders, commits, requests } = summary;
  const { snapshotsTaken, snapshotsInstalled, memberships, staleReads, historiesOpen } = summary;
  return (
    `  ${nodes} nodes: ${runs} runs, ${events} events, ${replicaSteps} steps of replicas, ` +
    `${leaders} leaders, ${commits} commits, ${memberships} changes of membership, ` +
    `${snapshotsTaken} snapshots taken and ${snapshotsInstalled} installed, ` +
    `${requests} requests, ${staleReads} stale local reads, ${historiesOpen} histories not judged to the end`
  );
}

function faultLines(summaries: readonly Summary[]): string[] {
  const ids = Object.keys(faultTitles) as FaultId[];
  return ids.flatMap((id) => {
    const count = summaries.reduce((total, { faults }) => total + faults[id], 0);
    return count === 0 ? [] : [`  ${id.padEnd(4)} ${String(count).padStart(9)} ${faultTitles[id]}`];
  });
}

function courtLines(summary: Summary): string[] {
  const { nodes, liars, lies, evidence, convicted, framed, forks, forksAcross } = summary;
  if (liars === 0) return [];
  const listed = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .sort()
      .join(', ') || 'none';
  return [
    `  ${nodes} nodes: ${liars} runs with liars; lies: ${listed(lies)}`,
    `    evidence: ${listed(evidence)}; convicted: ${convicted}, honest convicted: ${framed}`,
    `    forks: ${forks.liars + forks['cannot tell']}, ${forksAcross} of them across two views; ` +
      `the court named the liars in ${forks.liars}`,
  ];
}

function failureLines(
  told: SimulateArguments,
  { nodes, seed, violation, script, trace }: Failure,
): string[] {
  const lines = [
    '',
    `FAILED: seed ${seed}, ${nodes} nodes: ${violation.id}: ${shortIds(violation.text)}`,
  ];
  if (!script) return lines;
  if (script.world.disk.lieTicks > 0) {
    lines.push('The disk lied: an assumption was broken, not the protocol.');
  }
  lines.push(`The shortest script found, ${script.steps.length} steps:`, JSON.stringify(script));
  lines.push(`What happens in it, the last ${trace.length} events:`, ...trace.map((l) => `  ${l}`));
  return [...lines, `Again: ${replayCommand(told, nodes, seed)}`, ''];
}

function replayCommand(
  { laboratory, bug, plan, script }: SimulateArguments,
  nodes: number,
  seed: number,
): string {
  const planted = bug ? ` --bug ${bug.name}` : '';
  const command = `npm run simulate -- --protocol ${laboratory.protocol.name}${planted}`;
  if (script !== null) return `${command} --script ${script}`;
  const { eventsMax, outsiders, liars } = plan;
  const lying = liars === 'tolerated' ? '' : ` --liars ${liars}`;
  const mode = outsiders === 'meddling' ? plan.mode : `${plan.mode} --outsiders ${outsiders}`;
  return `${command} --nodes ${nodes} --seeds ${seed}..${seed} --events ${eventsMax} --mode ${mode}${lying}`;
}
