/** One run: a seed, or a script, played to its end or to the first violation. */
import type { Violation } from '#protocols/core/checker.ts';
import { crashesTolerated } from '#protocols/core/quorum.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import type { Script, Step, World } from '#protocols/core/schedule.ts';
import { Chaos } from './chaos.ts';
import { Convergence } from './convergence.ts';
import type { FaultCounts } from './counts.ts';
import { judgeHistory } from './history.ts';
import { Random } from './random.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';
import { drawSwarm } from './swarm.ts';

/** `safety`: faults for ever. `liveness`: at some point a core is healed, and must come to rest. */
export type Mode = 'safety' | 'liveness';

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
  readonly commits: number;
  readonly requests: number;
  /** Whether the search for an order of the clients' answers was given up, or never begun. */
  readonly historyOpen: boolean;
}

/** Where the steps of a run come from. */
interface Source {
  /** When the next step comes; `Infinity` when none is left. */
  readonly next: Ticks;
  /** `null`: it would change nothing. */
  take(): Step | null;
}

/** Plays `seed`: the swarm draws the world and what happens in it, until so many events have happened. */
export function runSeed(
  options: RunOptions,
  { seed, nodes, mode, eventsMax }: { seed: number; nodes: number; mode: Mode; eventsMax: number },
): Outcome {
  const swarm = drawSwarm(seed, nodes);
  const simulation = new Simulation({ ...options, world: swarm.world });
  const view = {
    leader: () => simulation.leader(),
    mayAsk: (client: number) => simulation.clients.mayAsk(client),
  };
  const chaos = new Chaos(swarm, view, options.laboratory.messageNames);
  const source = mode === 'safety' ? chaos : new Healing(chaos, seed, nodes);
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

/** A storm that ends: the machines outside of the core go down or are cut off for good, and requests soon end. */
class Healing implements Source {
  readonly #storm: Chaos;
  readonly #random: Random;
  readonly #nodes: number;
  readonly #healAt: Ticks;
  #after: Step[] | null = null;

  constructor(storm: Chaos, seed: number, nodes: number) {
    this.#storm = storm;
    this.#nodes = nodes;
    this.#random = new Random(seed, 'healing');
    this.#healAt = this.#random.between(2_000, 15_000);
  }

  get next(): Ticks {
    if (this.#after) return this.#after[0]?.at ?? Infinity;
    return Math.min(this.#storm.next, this.#healAt);
  }

  take(): Step | null {
    if (this.#after) return this.#after.shift() ?? null;
    if (this.#storm.next < this.#healAt) return this.#storm.take();
    this.#after = this.#draw();
    return null;
  }

  #draw(): Step[] {
    const at = this.#healAt;
    const random = this.#random;
    const all = Array.from({ length: this.#nodes }, (_, i) => i);
    const { lost } = this.#storm;
    const whole = random.shuffle(all.filter((i) => !lost.has(i)));
    const quorum = this.#nodes - crashesTolerated(this.#nodes);
    const core = whole.slice(0, random.between(quorum, whole.length)).sort((a, b) => a - b);
    const outside = all.filter((i) => !core.includes(i));
    const steps: Step[] = outside.map((machine) =>
      random.chance(500)
        ? { type: 'crash', at, machine, write: 'lost' }
        : { type: 'cut', at, from: [machine], to: core, bothWays: true },
    );
    return [...steps, { type: 'heal', at, core }];
  }
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
    commits: watch.applied.length,
    requests: clients.history.length,
    historyOpen: history === 'open',
  };
}
