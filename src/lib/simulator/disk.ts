/**
 * A machine's disk. A write takes time; until it is done, a crash loses it, tears it, or finds that it was just in
 * time. Of a torn write some records stand, and its checksum shows it: it is dropped whole, as the journal of a tab does.
 */
import type { DurableState, Json, Write } from '#protocols/core/replica.ts';
import type { World } from '#protocols/core/schedule.ts';
import { applyWrites } from '#lib/host/storage.ts';
import type { FaultCounts } from './counts.ts';
import type { EventQueue } from './queue.ts';
import type { Random } from './random.ts';

/** What a crash does to a write under way. */
export type WriteFate = 'lost' | 'torn' | 'kept';

export class SimulatedDisk {
  /** Longer for a slow machine. */
  extraTicks = 0;
  readonly #options: World['disk'];
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #counts: FaultCounts;
  /** What it says it holds. */
  #claimed = new Map<string, Json>();
  /** What a crash leaves, if it lies; the same map if it does not. */
  #platter = this.#claimed;
  #underWay: readonly Write[] | null = null;
  #unsynced: (readonly Write[])[] = [];
  #life = 0;

  constructor(
    options: World['disk'],
    world: { readonly queue: EventQueue; readonly counts: FaultCounts; readonly random: Random },
  ) {
    this.#options = options;
    this.#queue = world.queue;
    this.#counts = world.counts;
    this.#random = world.random;
    if (options.lieTicks > 0) this.#platter = new Map();
  }

  get records(): DurableState {
    return this.#claimed;
  }

  /** One at a time, as the host does it. */
  persist(writes: readonly Write[], done: () => void): void {
    if (this.#underWay) throw new Error('the host writes again before the disk has answered');
    this.#underWay = writes;
    const life = this.#life;
    const { delayMin, delayMean } = this.#options;
    const ticks = delayMin + this.#random.exponential(delayMean) + this.extraTicks;
    this.#queue.after(ticks, () => {
      if (life !== this.#life) return false;
      this.#underWay = null;
      applyWrites(this.#claimed, writes);
      if (this.#platter !== this.#claimed) this.#syncLater(writes);
      done();
      return true;
    });
  }

  crash(fate: WriteFate): void {
    this.#life++;
    const writes = this.#underWay;
    this.#underWay = null;
    const lies = this.#platter !== this.#claimed;
    if (writes && fate === 'kept' && !lies) applyWrites(this.#platter, writes);
    else if (writes) this.#counts.F15++;
    if (!lies) return;
    this.#counts.lies += this.#unsynced.length;
    this.#unsynced = [];
    this.#claimed = new Map(this.#platter);
  }

  #syncLater(writes: readonly Write[]): void {
    this.#unsynced.push(writes);
    const life = this.#life;
    this.#queue.after(this.#options.lieTicks, () => {
      if (life !== this.#life) return false;
      this.#unsynced.shift();
      applyWrites(this.#platter, writes);
      return true;
    });
  }
}
