/**
 * The simulator's cluster, driven by hand: PBFT with its invariants checked at every step, one client, liars made by
 * hand, and messages stopped by a predicate.
 */
import type { ClientMessage } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaContext } from '#protocols/core/protocol.ts';
import type { Replica, Ticks } from '#protocols/core/replica.ts';
import { quietWorld, type World } from '#protocols/core/schedule.ts';
import type { PbftBug } from '#protocols/pbft/bugs/bug.ts';
import { pbftLaboratory } from '#protocols/pbft/laboratory.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { PbftEffect, PbftState } from '#protocols/pbft/state.ts';
import type { TraceEvent } from '#lib/host/trace.ts';
import { Simulation } from '#lib/simulator/simulation.ts';
import { injectInto, must, runUntil } from '../fixtures/driving.ts';
import { put } from '../fixtures/ids.ts';

type Pbft = Replica<PbftMessage, PbftState, PbftNote>;

interface Options extends Partial<World> {
  /** Without them only the messages are of interest. */
  readonly checkers?: 'on' | 'off';
  /** What all replicas run in place of the honest protocol. */
  readonly bug?: PbftBug;
  /** Who is not honest, and what it runs instead: no invariant is asked of it. */
  readonly liars?: ReadonlyMap<ReplicaId, (context: ReplicaContext) => Pbft>;
}

export class PbftWorld {
  readonly simulation: Simulation;
  /** Between distinct replicas, stopped ones included. */
  readonly sent: {
    readonly from: ReplicaId;
    readonly to: ReplicaId;
    readonly message: PbftMessage;
  }[] = [];
  readonly notes: { readonly self: ReplicaId; readonly note: PbftNote }[] = [];
  replies = 0;
  /** Messages that do not leave. */
  stop: (from: ReplicaId, to: ReplicaId, message: PbftMessage) => boolean = () => false;

  /** A packet takes 1 tick and a disk none, unless `drawn` says otherwise. */
  constructor(n: number, { liars = new Map(), checkers = 'on', bug, ...drawn }: Options = {}) {
    const { create } = bug ?? pbftLaboratory;
    this.simulation = new Simulation({
      world: {
        ...quietWorld,
        seed: n,
        nodes: n,
        network: { ...quietWorld.network, delayMin: 1 },
        disk: { ...quietWorld.disk, delayMin: 0 },
        ...drawn,
      },
      checkers,
      laboratory: {
        ...pbftLaboratory,
        create: (context, snapshots) => {
          const liar = liars.get(context.self);
          return this.#overheard(liar?.(context) ?? create(context, snapshots));
        },
      },
      trace: (event) => this.#onTrace(event as TraceEvent<PbftMessage, PbftNote>),
    });
    for (const id of liars.keys()) this.simulation.watch.distrust(id);
    must(this.simulation.start());
    this.run(1);
  }

  get now(): Ticks {
    return this.simulation.queue.now;
  }

  /** `seq` of the answered requests, and when they were answered. */
  get settled(): ReadonlyMap<number, Ticks> {
    const { history } = this.simulation.clients;
    return new Map(
      history.flatMap(({ seq, answeredAt }) => (answeredAt === null ? [] : [[seq, answeredAt]])),
    );
  }

  run(ticks: Ticks): void {
    runUntil(this.simulation, this.now + ticks);
  }

  crash(i: number): void {
    injectInto(this.simulation, { type: 'crash', machine: i, write: 'lost' });
  }

  restart(i: number): void {
    injectInto(this.simulation, { type: 'restart', machine: i });
  }

  /** The state of replica `i`, which must be up. */
  state(i: number): Readonly<PbftState> {
    const state = this.#machine(i).state as PbftState | null;
    if (state === null) throw new Error(`replica ${i} is down`);
    return state;
  }

  /** The states of the replicas that are up. */
  states(): Readonly<PbftState>[] {
    return this.simulation.machines.flatMap(({ state }) => (state ? [state as PbftState] : []));
  }

  /** Of the services of the replicas that are up. */
  digests(): string[] {
    return this.simulation.machines.flatMap(({ service }) => (service ? [service.digest()] : []));
  }

  /** Machine `machine` lies from here on, to everybody. */
  turn(machine: number, what: string): void {
    const behaviour = { what, to: null, with: [], when: null };
    injectInto(this.simulation, { type: 'turn', machine, behaviour });
  }

  /** Nothing passes between the one set of replicas and all others. */
  cutOff(...alone: number[]): void {
    const others = this.#numbers().filter((i) => !alone.includes(i));
    injectInto(this.simulation, { type: 'cut', from: alone, to: others, bothWays: true });
  }

  mend(): void {
    injectInto(this.simulation, { type: 'mend', from: this.#numbers(), to: this.#numbers() });
  }

  /** The client writes a value of its own, `count` times at once. */
  write(count = 1): void {
    const { clients } = this.simulation;
    const first = clients.history.length + 1;
    clients.ask(0, ...Array.from({ length: count }, (_, i) => put('x', String(first + i))));
  }

  /** The client reads what it writes, outside the order if the replicas offer it. */
  read(): void {
    this.simulation.clients.query(0, 'x', 'quorum');
  }

  /** `count` requests one after the other, each once the one before is answered. */
  writeEach(count: number): void {
    const { history } = this.simulation.clients;
    for (let i = 0; i < count; i++) {
      this.write();
      const written = history.at(-1);
      for (let ticks = 0; ticks < 60_000 && written?.answeredAt === null; ticks += 10) this.run(10);
      if (written?.answeredAt === null) throw new Error('a request stays without an answer');
    }
  }

  /** Requests that the client signed reach replica `i`. */
  deliver(i: number, requests: readonly ClientMessage[]): void {
    const member = this.simulation.clients.memberOf(0);
    this.#machine(i).receive(member, { type: 'requests', requests });
    must(this.simulation.watch.violation);
  }

  #machine(i: number) {
    const machine = this.simulation.machines[i];
    if (!machine) throw new Error(`no replica ${i}`);
    return machine;
  }

  #numbers(): number[] {
    return this.simulation.machines.map((_, i) => i);
  }

  /** The same replica; what it says to others is noted, and stopped if the test says so. */
  #overheard(replica: Pbft): Pbft {
    const { state } = replica;
    return {
      state,
      step: (event) => replica.step(event).flatMap((effect) => this.#passed(state.self, effect)),
    };
  }

  #passed(self: ReplicaId, effect: PbftEffect): PbftEffect[] {
    if (effect.type !== 'send') return [effect];
    const { message } = effect;
    const to = effect.to.filter((id) => {
      if (id === self) return true;
      this.sent.push({ from: self, to: id, message });
      return !this.stop(self, id, message);
    });
    return to.length === 0 ? [] : [{ ...effect, to }];
  }

  #onTrace({ replica, effects }: TraceEvent<PbftMessage, PbftNote>): void {
    for (const effect of effects) {
      if (effect.type === 'note') this.notes.push({ self: replica, note: effect.note });
      if (effect.type === 'reply') this.replies++;
    }
  }
}
