/** One simulated cluster: machines, network and clients under one virtual clock, and whatever is done to them. */
import type { Violation } from '#protocols/core/checker.ts';
import type { Jurisdiction } from '#protocols/core/evidence.ts';
import { ownerOf, type MemberId, type ReplicaId } from '#protocols/core/ids.ts';
import type { Bug } from '#protocols/core/laboratory.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Signed, SigningDomain, Standing } from '#protocols/core/signed.ts';
import type { Step, World } from '#protocols/core/schedule.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';
import type { Outgoing } from '#lib/host/environment.ts';
import type { TraceEvent } from '#lib/host/trace.ts';
import { inKeyOrder } from '#lib/host/storage.ts';
import { Clients } from './clients.ts';
import { SkewedClock } from './clock.ts';
import { noFaults } from './counts.ts';
import { Crossing } from './crossing.ts';
import { SimulatedDisk } from './disk.ts';
import { inject } from './inject.ts';
import { Liars } from './liars.ts';
import { Machine } from './machine.ts';
import { Network, type Packet } from './network.ts';
import { EventQueue } from './queue.ts';
import { Random } from './random.ts';
import { SymbolicKeys } from './symbolic.ts';
import { Watch } from './watch.ts';

export interface SimulationOptions {
  readonly laboratory: AnyLaboratory;
  readonly world: World;
  /** Who runs in place of the honest protocol. */
  readonly bug?: Bug<unknown, unknown, unknown> | null;
  /** Without them a run only shows how fast the rest is. */
  readonly checkers?: 'on' | 'off';
  readonly trace?: (event: TraceEvent<unknown, unknown>) => void;
  /** Hears of every statement that a replica signed or let in. */
  readonly hears?: (self: ReplicaId, statement: Signed, standing: Standing) => void;
}

export const timing = profiles.fast;
const genesis = '5ca1ab1e'.repeat(8);
export const cluster = genesis.slice(0, 16);

export function replicaNumbered(i: number): ReplicaId {
  return i.toString(16).padStart(32, '0') as MemberId;
}

export class Simulation {
  readonly queue = new EventQueue();
  readonly counts = noFaults();
  readonly watch: Watch;
  readonly machines: readonly Machine[];
  readonly network: Network;
  readonly clients: Clients;
  readonly liars: Liars;
  /** What happened: packets delivered, alarms, finished writes, steps injected. */
  events = 0;
  readonly #options: SimulationOptions;
  readonly #replicas: readonly ReplicaId[];
  /** `null` in a protocol whose members sign nothing. */
  readonly #keys: SymbolicKeys | null;
  readonly #domain: SigningDomain;
  readonly #crossing: Crossing;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const { laboratory, world } = options;
    const { seed, nodes, clients: count, network } = world;
    const { protocol } = laboratory;
    const { queue, counts } = this;
    this.#crossing = new Crossing(protocol, (text) => this.watch.found([{ id: 'wire', text }]));
    const endpoints = nodes + count;
    const replicas = Array.from({ length: nodes }, (_, i) => replicaNumbered(i));
    this.#replicas = replicas;
    const domain = (this.#domain = {
      protocol: protocol.name,
      version: protocol.version,
      cluster: genesis,
      epoch: 1,
    });
    this.#keys = protocol.signed ? new SymbolicKeys(seed, domain, replicas) : null;
    const diskOf = (id: ReplicaId) => (disks[replicas.indexOf(id)] as SimulatedDisk).records;
    const checker = options.checkers === 'off' ? null : laboratory.createChecker(diskOf);
    this.watch = new Watch(checker, (note) => laboratory.milestoneOf(note));
    this.liars = new Liars(laboratory);
    this.network = new Network(network, {
      queue,
      counts,
      seed,
      endpoints,
      nameOf: (message) => protocol.summarizeMessage(message).name,
      deliver: (from, to, packet) => this.#deliver(from, to, packet),
    });
    const disks = replicas.map((_, i) => {
      return new SimulatedDisk(world.disk, {
        queue,
        counts,
        random: new Random(seed, `disk/${i}`),
      });
    });
    this.machines = replicas.map((_, i) => this.#createMachine(i, disks[i] as SimulatedDisk));
    this.clients = new Clients({
      seed,
      count,
      replicas,
      repliesNeeded: protocol.repliesNeeded(nodes, world.switches),
      quorum: protocol.quorum(nodes),
      retryTicks: timing.clientRetryTicks,
      repeatPerMille: world.clientRepeatPerMille,
      reads: protocol.reads(world.switches),
      signerOf: this.#keys && this.#keys.signerOf.bind(this.#keys),
      queue,
      counts,
      send: (client, replica, requests) => {
        this.network.send(nodes + client, replica, { type: 'requests', requests });
      },
    });
  }

  get isChecked(): boolean {
    return this.#options.checkers !== 'off';
  }

  /** Who of a healed core must follow one leader. */
  get convergence(): AnyLaboratory['convergence'] {
    return this.#options.laboratory.convergence;
  }

  get quorum(): number {
    return this.#options.laboratory.protocol.quorum(this.machines.length);
  }

  /** What signatures of this world are bound to; `null` if nobody signs. */
  get jurisdiction(): Jurisdiction | null {
    const keys = this.#keys;
    if (!keys) return null;
    const isSigned = (statement: Signed): boolean => keys.verify(statement);
    const { switches } = this.#options.world;
    return { domain: this.#domain, voters: this.#replicas, switches, isSigned };
  }

  /** Boots every machine. */
  start(): Violation | null {
    return this.#watched(() => this.machines.forEach((machine) => machine.start()));
  }

  /** Somebody's will is done; returns what no longer holds after it. */
  inject(step: Step): Violation | null {
    this.queue.now = Math.max(this.queue.now, step.at);
    this.events++;
    return this.#watched(() => inject(this, step));
  }

  /** Lets the next thing happen; returns what no longer holds after it. */
  runNext(): Violation | null {
    return this.#watched(() => {
      if (this.queue.runNext()) this.events++;
    });
  }

  /** What a screen would show of machine `i`; `null` while it is down. */
  summary(i: number): ReplicaSummary | null {
    const state = this.machines[i]?.state ?? null;
    return state === null ? null : this.#options.laboratory.protocol.summarize(state);
  }

  /** Whoever leads the newest term, as far as anyone knows; -1 for nobody. */
  leader(): number {
    let leader = -1;
    let newest = -1;
    for (let i = 0; i < this.machines.length; i++) {
      const summary = this.summary(i);
      if (summary?.role !== 'leader' || summary.term <= newest) continue;
      newest = summary.term;
      leader = i;
    }
    return leader;
  }

  #watched(run: () => void): Violation | null {
    try {
      run();
    } catch (error) {
      // No input may make a replica throw.
      const text = error instanceof Error ? error.message : String(error);
      this.watch.found([{ id: 'K12', text }]);
    }
    return this.watch.violation;
  }

  /** The one string for each id: a new one would be hashed anew at every look-up. */
  #replica(i: number): ReplicaId {
    return this.#replicas[i] as ReplicaId;
  }

  #createMachine(i: number, disk: SimulatedDisk): Machine {
    const { laboratory, world, bug = null, trace = null, hears } = this.#options;
    const { seed } = world;
    const self = this.#replica(i);
    const voters = this.#replicas.slice(0, world.nodes - world.newcomers);
    const { create } = bug ?? laboratory;
    const { snapshots, switches } = world;
    const clock = new SkewedClock(new Random(seed, `clock/${i}`).between(0, 1_000_000));
    return new Machine({
      self,
      roster: this.#replicas,
      cluster,
      timing,
      queue: this.queue,
      clock,
      disk,
      random: new Random(seed, `timers/${i}`),
      create: (service) => {
        const born = { self, voters, timing, switches };
        const honest = create({ ...born, service }, snapshots);
        const another = () => create({ ...born, service: new Service() }, snapshots);
        const durable = () => inKeyOrder(disk.records);
        const tools = { self, voters, timing, another, durable };
        return this.watch.over(self, this.liars.over(honest, tools));
      },
      send: (outgoing) => this.#send(i, outgoing),
      trace,
      keys: this.#keys && { signer: this.#keys.signerOf(self), verifier: this.#keys },
      refused: () => this.counts.refused++,
      useOf: (state, message) => laboratory.protocol.useOf?.(state, message) ?? 'needed',
      hears: hears ? (statement, standing) => hears(self, statement, standing) : null,
    });
  }

  #send(from: number, outgoing: Outgoing<unknown>): void {
    const self = this.#replica(from);
    this.watch.released(self, outgoing);
    const { nodes } = this.#options.world;
    const lies = this.liars.has(self);
    const crossing = this.#crossing;
    for (const { to, envelope } of outgoing.messages) {
      const passed = lies ? crossing.fromLiar(envelope) : crossing.fromHonest(envelope);
      if (!passed) {
        this.counts.refused++;
        continue;
      }
      const packet = { type: 'envelope', envelope: passed } as const;
      for (const id of to) {
        const receiver = this.#replicas.indexOf(id);
        // Who is no member of this world, and has spoken all the same, is answered nowhere.
        if (receiver >= 0) this.network.send(from, receiver, packet);
      }
    }
    for (const { client, reply } of outgoing.replies) {
      const seat = this.clients.seatOf(client);
      if (this.clients.memberOf(seat) === ownerOf(client))
        this.network.send(from, nodes + seat, { type: 'replies', to: client, replies: [reply] });
    }
  }

  #deliver(from: number, to: number, packet: Packet): boolean {
    const machine = this.machines[to];
    switch (packet.type) {
      case 'envelope': {
        const { envelope } = packet;
        const self = this.#replica(from);
        return machine?.receive(self, { type: 'envelope', from: self, envelope }) ?? false;
      }
      case 'requests': {
        const member = this.clients.memberOf(from - this.#options.world.nodes);
        return machine?.receive(member, packet) ?? false;
      }
      case 'replies': {
        const seat = to - this.#options.world.nodes;
        return this.clients.hear(seat, this.#replica(from), packet.to, packet.replies);
      }
    }
  }
}
