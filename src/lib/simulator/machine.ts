/** One machine: a disk and a clock that outlive crashes, and, while it is up, a replica in its host. */
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { Use } from '#protocols/core/protocol.ts';
import type { Replica, Ticks } from '#protocols/core/replica.ts';
import type { Signed, Standing } from '#protocols/core/signed.ts';
import { Service } from '#protocols/core/service.ts';
import type { Timing } from '#protocols/core/timing.ts';
import type { Arrival, Outgoing } from '#lib/host/environment.ts';
import { Host } from '#lib/host/host.ts';
import { Intake } from '#lib/host/intake.ts';
import type { Signer, Verifier } from '#lib/host/signer.ts';
import { inKeyOrder } from '#lib/host/storage.ts';
import type { TraceEvent } from '#lib/host/trace.ts';
import type { SkewedClock } from './clock.ts';
import type { SimulatedDisk, WriteFate } from './disk.ts';
import { SimulatorEnvironment } from './environment.ts';
import type { EventQueue } from './queue.ts';
import type { Random } from './random.ts';

export interface MachineContext {
  readonly self: ReplicaId;
  /** All machines, newcomers too. */
  readonly roster: readonly ReplicaId[];
  readonly cluster: string;
  readonly timing: Timing;
  readonly queue: EventQueue;
  readonly clock: SkewedClock;
  readonly disk: SimulatedDisk;
  readonly random: Random;
  /** A fresh replica round `service`, watched or not. */
  readonly create: (service: Service) => Replica<unknown, unknown, unknown>;
  readonly send: (outgoing: Outgoing<unknown>) => void;
  readonly trace: ((event: TraceEvent<unknown, unknown>) => void) | null;
  /** `null` in a protocol whose members sign nothing. */
  readonly keys: { readonly signer: Signer; readonly verifier: Verifier } | null;
  /** Something that a member sent was dropped. */
  readonly refused: (from: MemberId, why: string) => void;
  /** What a message is good for to its replica in this state. */
  readonly useOf: (state: Readonly<unknown>, message: unknown) => Use;
  /** Hears of every statement that this machine signed or let in. */
  readonly hears: ((statement: Signed, standing: Standing) => void) | null;
}

interface Life {
  readonly host: Host<unknown, unknown, unknown>;
  readonly intake: Intake<unknown>;
  readonly environment: SimulatorEnvironment;
  readonly replica: Replica<unknown, unknown, unknown>;
  readonly service: Service;
}

export class Machine {
  readonly self: ReplicaId;
  /** Its disk is gone, and its identity with it. */
  lost = false;
  paused = false;
  readonly #context: MachineContext;
  #life: Life | null = null;
  #lives = 0;
  #lateTicks: Ticks = 0;

  constructor(context: MachineContext) {
    this.self = context.self;
    this.#context = context;
  }

  get isUp(): boolean {
    return this.#life !== null;
  }

  /** The state of its replica, if it is up. */
  get state(): unknown {
    return this.#life?.replica.state ?? null;
  }

  get service(): Service | null {
    return this.#life?.service ?? null;
  }

  start(): void {
    if (this.#life || this.lost) return;
    const { self, roster, cluster, timing, disk, create, keys, refused, useOf, hears } =
      this.#context;
    const service = new Service();
    const replica = create(service);
    const environment = new SimulatorEnvironment(
      { ...this.#context, lateness: () => this.#lateTicks },
      () => host.alarm(),
    );
    const stallTicks = timing.electionTicksMin;
    const incarnation = ++this.#lives;
    const signer = keys?.signer ?? null;
    const aggregates = keys?.verifier.aggregates;
    const host = new Host(replica, environment, {
      self,
      voters: roster,
      cluster,
      incarnation,
      stallTicks,
      signer,
      ...(aggregates ? { answer: aggregates.answer } : {}),
      watch: hears && ((statement) => hears(statement, 'verified')),
      turned: () => intake.turned(),
    });
    const intake = new Intake({
      verifier: keys?.verifier ?? null,
      deliver: (arrival) => host.receive(arrival),
      refused,
      useOf: (message) => useOf(replica.state, message),
      watch: hears,
    });
    this.#life = { host, intake, environment, replica, service };
    this.paused = false;
    host.start(inKeyOrder(disk.records));
  }

  crash(fate: WriteFate): void {
    this.#life?.environment.end();
    this.#life = null;
    this.#context.disk.crash(fate);
  }

  /** Something has come from `from`. Returns whether anybody was there. */
  receive(from: MemberId, arrival: Arrival<unknown>): boolean {
    if (!this.#life) return false;
    if (this.#lateTicks === 0) {
      this.#life.intake.receive(from, arrival);
      return true;
    }
    const life = this.#life;
    this.#context.queue.after(this.#lateTicks, () => {
      if (life !== this.#life) return false;
      life.intake.receive(from, arrival);
      return true;
    });
    return false;
  }

  pause(): void {
    if (!this.#life) return;
    this.paused = true;
    this.#life.host.pause();
  }

  wake(): void {
    if (!this.#life || !this.paused) return;
    this.paused = false;
    this.#life.host.wake();
  }

  slow(ticks: Ticks): void {
    this.#lateTicks = ticks;
    this.#context.disk.extraTicks = ticks;
  }

  jump(ticks: Ticks): void {
    this.#context.clock.jump(ticks);
    this.#life?.environment.clockChanged();
  }

  drift(millionths: number): void {
    const { clock, queue } = this.#context;
    clock.drift(queue.now, millionths);
    this.#life?.environment.clockChanged();
  }
}
