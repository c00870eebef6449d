/**
 * Swarm testing: every run draws how much of each fault it will have, and some of them are none. A run that has
 * everything finds less than many runs that each lack something.
 */
import type { World } from '#protocols/core/schedule.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import { Random } from './random.ts';

/** How often something begins, and how long it lasts: means of exponentials. `every: 0`: never. */
export interface Rate {
  readonly every: Ticks;
  readonly lasts: Ticks;
}

/** What may begin, and later ends. */
export const troubles = [
  'crash',
  'pause',
  'slow',
  'jump',
  'drift',
  'partition',
  'clog',
  'swizzle',
  'filter',
  'lose',
  'vanish',
  'transfer',
  'membership',
] as const;
export type Trouble = (typeof troubles)[number];

export interface Swarm {
  readonly world: World;
  readonly rates: Readonly<Record<Trouble, Rate>>;
  /** Between two requests of all clients together. */
  readonly requestEvery: Ticks;
}

/** The bounds from which a run draws its means, in ticks; of 1,000 runs, how many have none of it. */
const bounds: Readonly<
  Record<Trouble, { every: [number, number]; lasts: [number, number]; nonePerMille: number }>
> = {
  crash: { every: [500, 10_000], lasts: [50, 3_000], nonePerMille: 250 },
  pause: { every: [1_000, 20_000], lasts: [100, 3_000], nonePerMille: 400 },
  slow: { every: [2_000, 20_000], lasts: [500, 5_000], nonePerMille: 500 },
  jump: { every: [2_000, 20_000], lasts: [0, 0], nonePerMille: 600 },
  drift: { every: [2_000, 20_000], lasts: [500, 10_000], nonePerMille: 500 },
  partition: { every: [500, 10_000], lasts: [200, 4_000], nonePerMille: 250 },
  clog: { every: [100, 5_000], lasts: [50, 2_000], nonePerMille: 400 },
  swizzle: { every: [5_000, 20_000], lasts: [500, 2_000], nonePerMille: 600 },
  filter: { every: [2_000, 20_000], lasts: [200, 3_000], nonePerMille: 600 },
  lose: { every: [20_000, 100_000], lasts: [0, 0], nonePerMille: 700 },
  vanish: { every: [1_000, 20_000], lasts: [0, 0], nonePerMille: 500 },
  transfer: { every: [1_000, 20_000], lasts: [0, 0], nonePerMille: 500 },
  membership: { every: [1_000, 20_000], lasts: [0, 0], nonePerMille: 500 },
};

/** What is healed must be a quorum of whoever votes: where that changes, every machine must be there to be healed. */
export function recoverable(swarm: Swarm): Swarm {
  return swarm.rates.membership.every === 0 ? swarm : without(swarm, 'lose');
}

/** The same swarm with none of `trouble`. */
export function without({ rates, ...swarm }: Swarm, trouble: Trouble): Swarm {
  return { ...swarm, rates: { ...rates, [trouble]: { every: 0, lasts: 0 } } };
}

/** The same swarm, in which every machine votes from the start. */
export function withoutNewcomers({ world, ...swarm }: Swarm): Swarm {
  return { ...swarm, world: { ...world, newcomers: 0 } };
}

/** The same swarm, in which the epoch has these switches on. */
export function withSwitches({ world, ...swarm }: Swarm, switches: readonly string[]): Swarm {
  return { ...swarm, world: { ...world, switches: [...switches] } };
}

/** Ranges of TigerBeetle's VOPR, at the pace of the fast profile. */
export function drawSwarm(seed: number, nodes: number): Swarm {
  const random = new Random(seed, 'swarm');
  /** 0 in so many of 1,000 runs, else evenly from [min, max]. */
  const some = (nonePerMille: number, min: number, max: number): number => {
    const drawn = random.between(min, max);
    return random.chance(nonePerMille) ? 0 : drawn;
  };
  const world: World = {
    seed,
    nodes,
    newcomers: 0,
    clients: random.between(1, 4),
    network: {
      delayMin: some(300, 1, 30),
      delayMean: some(100, 1, random.chance(300) ? 100 : 25),
      lossPerMille: some(300, 1, 300),
      repeatPerMille: some(300, 1, 500),
      pathCapacity: some(600, 2, 20),
    },
    disk: { delayMin: some(500, 1, 5), delayMean: some(300, 1, 20), lieTicks: 0 },
    snapshots: { every: some(500, 3, 60), kept: random.between(0, 10) },
    clientRepeatPerMille: some(400, 1, 500),
    switches: [],
  };
  const rates = {} as Record<Trouble, Rate>;
  for (const trouble of troubles) {
    const { every, lasts, nonePerMille } = bounds[trouble];
    rates[trouble] = { every: some(nonePerMille, ...every), lasts: random.between(...lasts) };
  }
  const requestEvery = random.between(10, 300);
  if (rates.membership.every === 0) return { world, rates, requestEvery };
  // Some begin with few voters, and the others have yet to be taken in.
  const newcomers = Math.floor((nodes - 1) * (random.between(0, 3) / 4));
  return { world: { ...world, newcomers }, rates, requestEvery };
}
