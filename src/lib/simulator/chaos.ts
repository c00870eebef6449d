/** Draws one step after another of what happens to a cluster. What it draws depends on nothing but what it is told. */
import type { Ticks } from '#protocols/core/replica.ts';
import type { Step } from '#protocols/core/schedule.ts';
import { Random } from './random.ts';
import { troubles, type Swarm, type Trouble } from './swarm.ts';
import { Workload } from './workload.ts';

/** What the drawing may look at, so that some troubles hit where they hurt. */
export interface View {
  /** The leader's number, -1 for none. */
  leader(): number;
  mayAsk(client: number): boolean;
}

/** What fits the protocol. */
export interface Fitting {
  /** Of the messages that a filter may stop. */
  readonly names: readonly string[];
  /** Machines that may lose their disks. */
  readonly faultsMax: number;
  /** Who begins to lie, and when. */
  readonly turns: readonly Step[];
}

interface Planned {
  readonly at: Ticks;
  /** `null`: what was planned does not come. */
  draw(): Step | null;
}

export class Chaos {
  readonly #swarm: Swarm;
  readonly #view: View;
  readonly #fitting: Fitting;
  readonly #random: Random;
  readonly #workload: Workload;
  readonly #planned: Planned[] = [];
  readonly #lost = new Set<number>();
  readonly #voterSets: (readonly number[])[];

  constructor(swarm: Swarm, view: View, fitting: Fitting) {
    this.#swarm = swarm;
    this.#view = view;
    this.#fitting = fitting;
    const { seed, nodes, newcomers, clients } = swarm.world;
    this.#random = new Random(seed, 'chaos');
    this.#workload = new Workload(new Random(seed, 'workload'), clients);
    this.#voterSets = [Array.from({ length: nodes - newcomers }, (_, i) => i)];
    for (const trouble of troubles) this.#planNext(trouble, 0);
    for (const step of fitting.turns) this.#plan(step.at, () => step);
    this.#planRequest(0);
  }

  /** Machines whose disk it took: they are in no core. */
  get lost(): ReadonlySet<number> {
    return this.#lost;
  }

  /** Who may vote: those who did first, and whomever somebody asked for since. */
  get voterSets(): readonly (readonly number[])[] {
    return this.#voterSets;
  }

  /** When the next step comes. */
  get next(): Ticks {
    return this.#planned[0]?.at ?? Infinity;
  }

  take(): Step | null {
    return this.#planned.shift()?.draw() ?? null;
  }

  endStorm(): boolean {
    return false;
  }

  #plan(at: Ticks, draw: () => Step | null): void {
    const planned = this.#planned;
    let place = planned.length;
    while (place > 0 && (planned[place - 1] as Planned).at > at) place--;
    planned.splice(place, 0, { at, draw });
  }

  #planRequest(now: Ticks): void {
    const at = now + 1 + this.#workload.random.exponential(this.#swarm.requestEvery);
    this.#plan(at, () => {
      this.#planRequest(at);
      const step = this.#workload.draw(at);
      return this.#view.mayAsk(step.client) ? step : null;
    });
  }

  #planNext(trouble: Trouble, now: Ticks): void {
    const { every } = this.#swarm.rates[trouble];
    if (every === 0) return;
    const at = now + 1 + this.#random.exponential(every);
    this.#plan(at, () => {
      this.#planNext(trouble, at);
      return this.#begin(trouble, at);
    });
  }

  /** The step that begins `trouble`, with its end already planned. */
  #begin(trouble: Trouble, at: Ticks): Step | null {
    const { nodes, clients } = this.#swarm.world;
    const random = this.#random;
    const machine = this.#victim();
    const end = at + 1 + random.exponential(this.#swarm.rates[trouble].lasts);
    switch (trouble) {
      case 'crash': {
        this.#plan(end, () => ({ type: 'restart', at: end, machine }));
        const write = random.pick(['lost', 'lost', 'torn', 'kept'] as const);
        return { type: 'crash', at, machine, write };
      }
      case 'pause':
        this.#plan(end, () => ({ type: 'wake', at: end, machine }));
        return { type: 'pause', at, machine };
      case 'slow':
        this.#plan(end, () => ({ type: 'slow', at: end, machine, ticks: 0 }));
        return { type: 'slow', at, machine, ticks: random.between(5, 250) };
      case 'jump':
        return { type: 'jump', at, machine, ticks: random.between(1, 5_000) };
      case 'drift': {
        this.#plan(end, () => ({ type: 'drift', at: end, machine, millionths: 0 }));
        const millionths = random.between(-500_000, 1_000_000);
        return { type: 'drift', at, machine, millionths };
      }
      case 'partition':
        return this.#partition(at, end);
      case 'clog':
        return this.#clog(at, end - at);
      case 'swizzle':
        return this.#swizzle(at, end - at);
      case 'filter':
        return this.#filter(at, end);
      case 'lose':
        // A quorum keeps its disks, or nothing could ever go on.
        if (this.#lost.has(machine) || this.#lost.size >= this.#fitting.faultsMax) return null;
        this.#lost.add(machine);
        return { type: 'lose', at, machine };
      case 'vanish':
        return { type: 'vanish', at, client: random.between(0, clients - 1) };
      case 'transfer':
        return { type: 'transfer', at, machine, to: random.between(0, nodes - 1) };
      case 'membership':
        return this.#membership(at, machine);
    }
  }

  /** Every other time whoever leads: leaders have more to lose. */
  #victim(): number {
    const machine = this.#random.between(0, this.#swarm.world.nodes - 1);
    const leader = this.#random.chance(500) ? this.#view.leader() : -1;
    return leader < 0 ? machine : leader;
  }

  /** Anything goes: some vote, some learn, the others are out. */
  #membership(at: Ticks, machine: number): Step | null {
    const random = this.#random;
    const voters: number[] = [];
    const learners: number[] = [];
    for (let i = 0; i < this.#swarm.world.nodes; i++) {
      const kind = random.between(0, 5);
      if (kind < 4) voters.push(i);
      else if (kind === 4) learners.push(i);
    }
    if (voters.length === 0) return null;
    this.#voterSets.push(voters);
    return { type: 'membership', at, machine, voters, learners };
  }

  /** Two sides of even size, of any size, or one machine alone; both ways or one. */
  #partition(at: Ticks, end: Ticks): Step {
    const random = this.#random;
    const all = Array.from({ length: this.#swarm.world.nodes }, (_, i) => i);
    const mode = random.between(0, 2);
    let from: number[];
    if (mode === 0) from = random.shuffle(all).slice(0, random.between(1, all.length));
    else if (mode === 1) from = all.filter(() => random.chance(500));
    else from = [this.#victim()];
    const to = all.filter((i) => !from.includes(i));
    const bothWays = random.chance(600);
    this.#plan(end, () => ({ type: 'mend', at: end, from, to }));
    return random.chance(500)
      ? { type: 'cut', at, from, to, bothWays }
      : { type: 'cut', at, from: to, to: from, bothWays };
  }

  #clog(at: Ticks, ticks: Ticks): Step {
    const [from, to] = this.#link();
    return { type: 'clog', at, from, to, ticks };
  }

  /** Every link of one machine clogs, one after the other, and they come free in another order (FoundationDB). */
  #swizzle(at: Ticks, ticks: Ticks): null {
    const random = this.#random;
    const machine = this.#victim();
    const all = Array.from({ length: this.#swarm.world.nodes }, (_, i) => i);
    for (const other of random.shuffle(all.filter((i) => i !== machine))) {
      const begins = at + random.between(0, ticks);
      const lasts = at + ticks + random.between(1, ticks + 1) - begins;
      const [from, to] = random.chance(500) ? [machine, other] : [other, machine];
      this.#plan(begins, () => ({ type: 'clog', at: begins, from, to, ticks: lasts }));
    }
    return null;
  }

  #filter(at: Ticks, end: Ticks): Step | null {
    const { names } = this.#fitting;
    if (names.length === 0) return null;
    const random = this.#random;
    const [from, to] = this.#link();
    const everywhere = random.chance(500);
    this.#plan(end, () => ({ type: 'unfilter', at: end }));
    const message = random.pick(names);
    return {
      type: 'filter',
      at,
      from: everywhere ? null : from,
      to: everywhere ? null : to,
      message,
    };
  }

  #link(): [from: number, to: number] {
    const { nodes } = this.#swarm.world;
    const from = this.#random.between(0, nodes - 1);
    return [from, (from + this.#random.between(1, Math.max(1, nodes - 1))) % nodes];
  }
}
