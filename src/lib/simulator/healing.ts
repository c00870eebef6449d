/** A storm that ends: where liveness begins (I17, F26). */
import { majority } from '#protocols/core/quorum.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import type { Step, World } from '#protocols/core/schedule.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';
import type { Chaos } from './chaos.ts';
import { Random } from './random.ts';

/** Where the steps of a run come from. */
export interface Source {
  /** When the next step comes; `Infinity` when none is left. */
  readonly next: Ticks;
  /** `null`: it would change nothing. */
  take(): Step | null;
  /** As many events as were asked for have happened. Returns whether the run goes on to something else. */
  endStorm(now: Ticks): boolean;
}

/**
 * What becomes of the machines outside of the healed core: `away`, down or cut off; `meddling`, some can still speak to
 * the core or hear it, but not both, or one of them might lead it: a protocol stands that with R23 to R26; `crashed`, as
 * many as may are down and all others are the core: seeds on end go through every placement of them (CI10).
 */
export type Outsiders = 'away' | 'meddling' | 'crashed';

/** Down; cut off; heard and not hearing, or the other way round. */
const kindsOfExclusion: Readonly<Record<Outsiders, number>> = { crashed: 1, away: 2, meddling: 4 };

export interface HealingOptions {
  readonly outsiders: Outsiders;
  /** Machines that may stay outside of the core. */
  readonly faultsMax: number;
  /** Where only a quorum must end up under one leader, replicas look for one when there is something to do. */
  readonly convergence: AnyLaboratory['convergence'];
  /** Never in the core, and left to lie. */
  readonly liars: readonly number[];
}

/**
 * When somebody asks for something after the healing: one may be answered while a replica still leaves alone, and only
 * the next request brings such a cluster together.
 */
const requestsAfter = [1, 5_000, 10_000, 15_000, 20_000, 25_000];

/** The storm of a seed, then calm for a core: the machines outside of the core go down or are cut off for good, and requests soon end. */
export class Healing implements Source {
  readonly #storm: Chaos;
  readonly #random: Random;
  readonly #nodes: number;
  readonly #seed: number;
  readonly #outsiders: Outsiders;
  readonly #faultsMax: number;
  readonly #convergence: HealingOptions['convergence'];
  readonly #liars: readonly number[];
  #healAt: Ticks;
  #after: Step[] | null = null;

  constructor(
    storm: Chaos,
    { seed, nodes }: World,
    { outsiders, faultsMax, convergence, liars }: HealingOptions,
  ) {
    this.#storm = storm;
    this.#nodes = nodes;
    this.#seed = seed;
    this.#outsiders = outsiders;
    this.#faultsMax = faultsMax;
    this.#convergence = convergence;
    this.#liars = liars;
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

  endStorm(now: Ticks): boolean {
    if (!this.#after) this.#healAt = Math.min(this.#healAt, now);
    return true;
  }

  #draw(): Step[] {
    const at = this.#healAt;
    const random = this.#random;
    const all = Array.from({ length: this.#nodes }, (_, i) => i);
    const { lost } = this.#storm;
    const whole = random.shuffle(all.filter((i) => !lost.has(i) && !this.#liars.includes(i)));
    const least = this.#nodes - this.#faultsMax;
    const core =
      this.#outsiders === 'crashed'
        ? without(whole, this.#faultsMax - this.#liars.length, this.#seed)
        : whole.slice(0, random.between(least, whole.length));
    for (const voters of this.#storm.voterSets) completeMajority(core, voters, whole);
    core.sort((a, b) => a - b);
    const outside = all.filter((i) => !core.includes(i) && !this.#liars.includes(i));
    const steps = outside.map((machine) => this.#exclude(machine, core));
    const heal = { type: 'heal', at, core } as const;
    if (this.#convergence === 'all') return [...steps, heal];
    const command = { op: 'put', key: 'healed', value: 'yes' } as const;
    const asked = requestsAfter.map((ticks): Step => {
      return { type: 'request', at: at + ticks, client: 0, command };
    });
    return [...steps, heal, ...asked];
  }

  /** What keeps `machine` out of the core for good. */
  #exclude(machine: number, core: readonly number[]): Step {
    const random = this.#random;
    const at = this.#healAt;
    const kind = random.between(0, kindsOfExclusion[this.#outsiders] - 1);
    const [from, to] = kind === 3 ? [[...core], [machine]] : [[machine], [...core]];
    if (kind === 0) return { type: 'crash', at, machine, write: 'lost' };
    return { type: 'cut', at, from, to, bothWays: kind === 1 };
  }
}

/** All of `machines` but `count`: the `turn`-th choice of them, in an order that does not depend on theirs. */
function without(machines: readonly number[], count: number, turn: number): number[] {
  const choices = choicesOf(
    [...machines].sort((a, b) => a - b),
    count,
  );
  const gone = choices[turn % choices.length] ?? [];
  return machines.filter((i) => !gone.includes(i));
}

/** Every set of `count` of `machines`. */
export function choicesOf(machines: readonly number[], count: number): number[][] {
  if (count <= 0) return [[]];
  return machines.flatMap((first, i) =>
    choicesOf(machines.slice(i + 1), count - 1).map((rest) => [first, ...rest]),
  );
}

/** Adds of `voters` to `core` what it lacks of a majority of them, in the order of `whole`. */
function completeMajority(
  core: number[],
  voters: readonly number[],
  whole: readonly number[],
): void {
  let missing = majority(voters.length) - voters.filter((i) => core.includes(i)).length;
  for (const machine of whole) {
    if (missing <= 0) return;
    if (core.includes(machine) || !voters.includes(machine)) continue;
    core.push(machine);
    missing--;
  }
}
