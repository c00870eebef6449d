/** One run: a seed, or a script, played to its end or to the first violation. */
import type { Violation } from '#protocols/core/checker.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import type { Script, Step, World } from '#protocols/core/schedule.ts';
import { Chaos } from './chaos.ts';
import { Convergence } from './convergence.ts';
import type { FaultCounts } from './counts.ts';
import { Healing, type Outsiders, type Source } from './healing.ts';

import { judgeHistory, staleReads } from './history.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';
import { drawSwarm, recoverable } from './swarm.ts';

/** `safety`: faults for ever. `liveness`: at some point a core is healed, and must come to rest. */
export type Mode = 'safety' | 'liveness';

export interface SeedOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly mode: Mode;
  readonly eventsMax: number;
  readonly outsiders?: Outsiders;
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
}

/** Plays `seed`: the swarm draws the world and what happens in it, until so many events have happened. */
export function runSeed(options: RunOptions, told: SeedOptions): Outcome {
  const { seed, nodes, mode, eventsMax, outsiders = 'meddling' } = told;
  const swarm = mode === 'safety' ? drawSwarm(seed, nodes) : recoverable(drawSwarm(seed, nodes));
  const simulation = new Simulation({ ...options, world: swarm.world });
  const view = {
    leader: () => simulation.leader(),
    mayAsk: (client: number) => simulation.clients.mayAsk(client),
  };
  const chaos = new Chaos(swarm, view, options.laboratory.messageNames);
  const source = mode === 'safety' ? chaos : new Healing(chaos, swarm.world, outsiders);
  return play(simulation, swarm.world, source, { eventsMax, until: Infinity });
}

/** Plays a script, with the protocol or the bug of `options`. */
export function runScript(options: RunOptions, script: Script): Outcome {
  const { world, steps, until } = script;
  const simulation = new Simulation({ ...options, world });
  let place = 0;
  const source: Source = {
    get next() {
      return steps[place]?.at ?? Infinity;
    },
    take: () => steps[place++] ?? null,
  };
  return play(simulation, world, source, { eventsMax: Infinity, until });
}

function play(
  simulation: Simulation,
  world: World,
  source: Source,
  end: { readonly eventsMax: number; readonly until: Ticks },
): Outcome {
  const { queue } = simulation;
  const steps: Step[] = [];
  let violation = simulation.start();
  let convergence: Convergence | null = null;
  while (violation === null && (convergence !== null || simulation.events < end.eventsMax)) {
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
  };
}
