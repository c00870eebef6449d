/** One run: a seed, or a script, played to its end or to the first violation. */
import type { Violation } from '#protocols/core/checker.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import type { Script, Step, World } from '#protocols/core/schedule.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';
import { Chaos } from './chaos.ts';
import { drawConspiracy } from './conspiracy.ts';
import { Convergence } from './convergence.ts';
import type { FaultCounts } from './counts.ts';
import { Forensics, recordOf, type CourtRecord } from './forensics.ts';
import { Healing, type Outsiders, type Source } from './healing.ts';
import { judgeHistory, staleReads } from './history.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';
import {
  drawSwarm,
  recoverable,
  without,
  withoutNewcomers,
  withSwitches,
  type Swarm,
} from './swarm.ts';

/** `safety`: faults for ever. `liveness`: at some point a core is healed, and must come to rest. */
export type Mode = 'safety' | 'liveness';

export interface SeedOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly mode: Mode;
  readonly eventsMax: number;
  readonly outsiders?: Outsiders;
  /** How many lie; `tolerated`: as many as the protocol stands, or fewer. */
  readonly liars?: number | 'tolerated';
  /** The names of the protocol's switches that are on. */
  readonly switches?: readonly string[];
}

export type RunOptions = Omit<SimulationOptions, 'world'>;

export interface Outcome {
  readonly violation: Violation | null;
  readonly world: World;
  /** All that was injected, as a script replays it. */
  readonly steps: readonly Step[];
  readonly events: number;
  /** Steps of replicas. */
  readonly replicaSteps: number;
  /** Ticks of the world from its beginning to its end. */
  readonly ticks: Ticks;
  readonly faults: FaultCounts;
  readonly leaders: number;
  /** Taken by replicas of their own state, and installed from another's. */
  readonly snapshotsTaken: number;
  readonly snapshotsInstalled: number;
  /** Changes of membership that were committed. */
  readonly memberships: number;
  readonly commits: number;
  readonly requests: number;
  /** Local reads whose answer was older than what some client had been told. */
  readonly staleReads: number;
  /** Whether the search for an order of the clients' answers was given up, or never begun. */
  readonly historyOpen: boolean;
  /** Who lied at all. */
  readonly liars: number;
  /** How often something false was said, or something true was not, by behaviour. */
  readonly lies: Readonly<Record<string, number>>;
  /** `null` where nobody lied or nobody signs. */
  readonly court: CourtRecord | null;
}

/** Plays `seed`: the swarm draws the world and what happens in it, until so many events have happened. */
export function runSeed(options: RunOptions, told: SeedOptions): Outcome {
  const { seed, nodes, mode, eventsMax, outsiders = 'meddling', liars: count = 0 } = told;
  const { laboratory } = options;
  const { liars, turns } = drawConspiracy(laboratory, { seed, nodes, count });
  const swarm = swarmFor(laboratory, told);
  const cluster = clusterOf(options, swarm.world, turns);
  const { simulation } = cluster;
  const view = {
    leader: () => simulation.leader(),
    mayAsk: (client: number) => simulation.clients.mayAsk(client),
  };
  const faultsMax = laboratory.faultsTolerated(nodes);
  const mayLose = Math.max(0, faultsMax - liars.length);
  const names = laboratory.messageNames;
  const chaos = new Chaos(swarm, view, { names, faultsMax: mayLose, turns });
  const { convergence } = laboratory;
  const healing = { outsiders, faultsMax, convergence, liars };
  const source = mode === 'safety' ? chaos : new Healing(chaos, swarm.world, healing);
  return play(cluster, swarm.world, source, { eventsMax, until: Infinity });
}

interface Cluster {
  readonly simulation: Simulation;
  readonly forensics: Forensics | null;
  readonly liarsTolerated: number;
}

/** Where somebody will lie and all is signed, what honest replicas hear is kept for the court. */
function clusterOf(options: RunOptions, world: World, steps: readonly Step[]): Cluster {
  const { laboratory } = options;
  const rules = laboratory.protocol.accountability;
  const liars = new Set(steps.flatMap((step) => (step.type === 'turn' ? step.machine : [])));
  const liarsTolerated = laboratory.liarsTolerated(world.nodes);
  if (!rules || liars.size === 0) {
    return { simulation: new Simulation({ ...options, world }), forensics: null, liarsTolerated };
  }
  let forensics: Forensics | null = null;
  const simulation: Simulation = new Simulation({
    // Beyond what it tolerates a protocol promises nothing; then all that counts is who is convicted.
    checkers: liars.size <= liarsTolerated ? 'on' : 'off',
    ...options,
    world,
    hears: (self, statement, standing) => {
      const { jurisdiction, liars } = simulation;
      if (jurisdiction) forensics ??= new Forensics(rules, jurisdiction, (id) => liars.has(id));
      if (standing === 'verified') forensics?.hear(self, statement);
      else forensics?.hold(self, statement);
    },
  });
  return {
    simulation,
    liarsTolerated,
    get forensics() {
      return forensics;
    },
  };
}

/** Only what the protocol's persons can do. */
function swarmFor(
  { protocol: { operations } }: AnyLaboratory,
  { seed, nodes, mode, outsiders, switches = [] }: SeedOptions,
): Swarm {
  let swarm = withSwitches(drawSwarm(seed, nodes), switches);
  if (!operations.includes('transferLeadership')) swarm = without(swarm, 'transfer');
  if (!operations.includes('changeMembership')) {
    swarm = withoutNewcomers(without(swarm, 'membership'));
  }
  // Who is gone for good is chosen by the placement, and by nothing else.
  if (outsiders === 'crashed') swarm = without(swarm, 'lose');
  return mode === 'safety' ? swarm : recoverable(swarm);
}

/** Plays a script, with the protocol or the bug of `options`. */
export function runScript(options: RunOptions, script: Script): Outcome {
  const { world, steps, until } = script;
  const cluster = clusterOf(options, world, steps);
  let place = 0;
  const source: Source = {
    get next() {
      return steps[place]?.at ?? Infinity;
    },
    take: () => steps[place++] ?? null,
    endStorm: () => false,
  };
  return play(cluster, world, source, { eventsMax: Infinity, until });
}

function play(
  cluster: Cluster,
  world: World,
  source: Source,
  end: { readonly eventsMax: number; readonly until: Ticks },
): Outcome {
  const { simulation } = cluster;
  const { queue } = simulation;
  const steps: Step[] = [];
  let violation = simulation.start();
  let convergence: Convergence | null = null;
  while (violation === null && !cluster.forensics?.fork) {
    const isOver = convergence === null && simulation.events >= end.eventsMax;
    if (isOver && !source.endStorm(queue.now)) break;
    const at = Math.min(source.next, queue.next);
    if (convergence === null && at > end.until) break;
    if (at === Infinity) break;
    if (source.next <= queue.next) {
      const step = source.take();
      if (!step) continue;
      steps.push(step);
      violation = simulation.inject(step);
      if (step.type === 'heal') convergence = new Convergence(simulation, step.core);
    } else violation = simulation.runNext();
    const rest = violation === null ? convergence?.look() : undefined;
    if (rest === 'reached') break;
    if (rest !== undefined && rest !== 'waiting') violation = rest;
  }
  const { watch, clients } = simulation;
  const judged = violation === null && simulation.isChecked;
  const history = judged ? judgeHistory(clients.history, watch.applied) : 'open';
  if (typeof history === 'object') violation = history;
  const court = recordOf(cluster.forensics);
  violation = (court && injusticeOf(court, cluster)) ?? violation;
  return {
    violation,
    world,
    steps,
    events: simulation.events,
    replicaSteps: watch.steps,
    ticks: queue.now,
    faults: simulation.counts,
    leaders: watch.leaders,
    snapshotsTaken: watch.snapshotsTaken,
    snapshotsInstalled: watch.snapshotsInstalled,
    memberships: watch.memberships,
    commits: watch.applied.length,
    requests: clients.history.length,
    staleReads: judged ? staleReads(clients.history) : 0,
    historyOpen: history === 'open',
    liars: simulation.liars.size,
    lies: simulation.liars.lies,
    court,
  };
}

/** Nobody honest is ever convicted; and while at most 2f lie, after a fork at least f + 1 of them are (B.4.1). */
function injusticeOf(
  { framed, fork }: CourtRecord,
  { simulation: { liars }, liarsTolerated }: Cluster,
): Violation | null {
  if (framed.length > 0) {
    return { id: 'B.4', text: `${framed.join(', ')} is convicted and never lied` };
  }
  const isOwed = fork?.verdict === 'cannot tell' && liars.size <= 2 * liarsTolerated;
  if (!isOwed) return null;
  return { id: 'B.4.1', text: `${fork.what} forked, and the court cannot tell: ${fork.because}` };
}
