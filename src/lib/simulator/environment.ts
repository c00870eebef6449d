/** The world round one replica for one life, as its host sees it: the simulator's side of the `Environment` interface. */
import type { Ticks, Write } from '#protocols/core/replica.ts';
import type { Environment, Outgoing } from '#lib/host/environment.ts';
import type { PersistOutcome } from '#lib/host/storage.ts';
import type { TraceEvent } from '#lib/host/trace.ts';
import type { SkewedClock } from './clock.ts';
import type { SimulatedDisk } from './disk.ts';
import type { EventQueue } from './queue.ts';
import type { Random } from './random.ts';

export interface Surroundings {
  readonly queue: EventQueue;
  readonly clock: SkewedClock;
  readonly disk: SimulatedDisk;
  /** Of the timers. */
  readonly random: Random;
  /** How late everything is on this machine (F13). */
  readonly lateness: () => Ticks;
  readonly send: (outgoing: Outgoing<unknown>) => void;
  readonly trace: ((event: TraceEvent<unknown, unknown>) => void) | null;
}

export class SimulatorEnvironment implements Environment<unknown, unknown> {
  readonly trace?: (event: TraceEvent<unknown, unknown>) => void;
  readonly #world: Surroundings;
  readonly #ring: () => void;
  #alive = true;
  /** On the machine's clock. */
  #alarmAt: Ticks | null = null;
  /** When the queue will look at the alarm next; most alarms are put off before they ring, and need no place of their own. */
  #looksAt: Ticks | null = null;

  constructor(world: Surroundings, ring: () => void) {
    if (world.trace) this.trace = world.trace;
    this.#world = world;
    this.#ring = ring;
  }

  /** The machine crashed: nothing of this life happens any more. */
  end(): void {
    this.#alive = false;
  }

  /** The machine's clock changed its course: the alarm rings at another time of the world. */
  clockChanged(): void {
    this.#looksAt = null;
    this.setAlarm(this.#alarmAt);
  }

  now(): Ticks {
    return this.#world.clock.at(this.#world.queue.now);
  }

  /** The world's own time: a trace of many machines is read along one clock. */
  wallClock(): number {
    return this.#world.queue.now;
  }

  random(): number {
    return this.#world.random.next();
  }

  setAlarm(at: Ticks | null): void {
    this.#alarmAt = at;
    if (at === null) return;
    const { queue, clock, lateness } = this.#world;
    const time = Math.max(queue.now, clock.worldTime(at)) + lateness();
    if (this.#looksAt !== null && this.#looksAt <= time) return;
    this.#looksAt = time;
    queue.at(time, () => this.#look(time));
  }

  send(outgoing: Outgoing<unknown>): void {
    this.#world.send(outgoing);
  }

  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void {
    this.#world.disk.persist(writes, () => done({ ok: true }));
  }

  halted(why: string): void {
    throw new Error(`a simulated disk never fails, yet the host halted: ${why}`);
  }

  #look(time: Ticks): boolean {
    if (!this.#alive || time !== this.#looksAt) return false;
    this.#looksAt = null;
    if (this.#alarmAt === null) return false;
    if (this.now() < this.#alarmAt) {
      this.setAlarm(this.#alarmAt);
      return false;
    }
    this.#alarmAt = null;
    this.#ring();
    return true;
  }
}
