/**
 * A cluster of any protocol under virtual time, with a network that loses, repeats and reorders, disks that take time,
 * and crashes between a write and what waited for it. Small on purpose: the simulator is elsewhere.
 */
import * as v from 'valibot';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ClientReply } from '#protocols/core/client.ts';
import type { ClientId, ReplicaId } from '#protocols/core/ids.ts';
import type { Protocol, ReplicaContext } from '#protocols/core/protocol.ts';
import type { Effect, Event, Json, Replica, Write } from '#protocols/core/replica.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles, type Timing } from '#protocols/core/timing.ts';
import { roster } from './ids.ts';
import { Scheduler } from './scheduler.ts';

export interface ClusterOptions<M, S, N> {
  readonly protocol: Protocol<M, S, N>;
  /** Replicas that vote at the start. */
  readonly n: number;
  /** More replicas that run and are in no configuration yet. */
  readonly spares?: number;
  readonly seed: number;
  readonly timing?: Timing;
  /** Ticks a message takes, drawn evenly; unequal draws reorder. */
  readonly delay?: readonly [min: number, max: number];
  /** Of 100 messages, how many are lost, and how many come twice. */
  readonly lossPercent?: number;
  readonly repeatPercent?: number;
  /** Ticks one durable write takes, drawn evenly. */
  readonly disk?: readonly [min: number, max: number];
  /** Puts `self`'s signature under what its core says. */
  readonly sign?: (self: ReplicaId, message: M) => M;
  readonly create?: (context: ReplicaContext) => Replica<M, S, N>;
  readonly onStep?: (self: ReplicaId, state: Readonly<S>, effects: readonly Effect<M, N>[]) => void;
  readonly onRelease?: (self: ReplicaId, effect: Effect<M, N>) => void;
  readonly onReply?: (from: ReplicaId, to: ClientId, reply: ClientReply) => void;
  /** Whether a message gets lost on its way. */
  readonly drops?: (from: ReplicaId, to: ReplicaId, message: M) => boolean;
  readonly onSend?: (from: ReplicaId, to: ReplicaId, message: M) => void;
}

interface Node<M, S, N> {
  readonly self: ReplicaId;
  readonly disk: Map<string, Json>;
  replica: Replica<M, S, N> | null;
  service: Service;
  incarnation: number;
  inbox: Event<M>[];
  /** A turn is under way: its write is not done. */
  busy: boolean;
  turnDue: boolean;
  readonly timers: Map<string, number>;
}

export class Cluster<M, S, N> {
  readonly scheduler = new Scheduler();
  readonly nodes = new Map<ReplicaId, Node<M, S, N>>();
  readonly notes: { readonly self: ReplicaId; readonly note: N }[] = [];
  /** Links that carry nothing, as `from to`. */
  readonly cut = new Set<string>();
  lossPercent: number;
  repeatPercent: number;
  readonly #options: ClusterOptions<M, S, N>;
  readonly #random: ReturnType<typeof xoroshiro128plus>;
  #timerOrder = 0;

  constructor(options: ClusterOptions<M, S, N>) {
    this.#options = options;
    this.#random = xoroshiro128plus(options.seed);
    this.lossPercent = options.lossPercent ?? 0;
    this.repeatPercent = options.repeatPercent ?? 0;
    for (const self of roster(options.n + (options.spares ?? 0))) {
      const node = {
        self,
        disk: new Map(),
        replica: null,
        service: new Service(),
        incarnation: 0,
        inbox: [],
        busy: false,
        turnDue: false,
        timers: new Map(),
      };
      this.nodes.set(self, node);
      this.restart(self);
    }
  }

  /** Evenly from [min, max]. */
  draw(min: number, max: number): number {
    return uniformInt(this.#random, min, max);
  }

  node(self: ReplicaId): Node<M, S, N> {
    return this.nodes.get(self) as Node<M, S, N>;
  }

  /** The states of the replicas that are up. */
  states(): Readonly<S>[] {
    return [...this.nodes.values()].flatMap(({ replica }) => (replica ? [replica.state] : []));
  }

  run(ticks: number): void {
    this.scheduler.runUntil(this.scheduler.now + ticks);
  }

  /** Memory, timers and everything not yet released are gone. A write under way may have reached the disk, or not. */
  crash(self: ReplicaId): void {
    const node = this.node(self);
    node.replica = null;
    node.incarnation++;
    node.inbox = [];
    node.busy = false;
    node.timers.clear();
  }

  restart(self: ReplicaId): void {
    const node = this.node(self);
    const { n, protocol, timing = profiles.fast } = this.#options;
    const create = this.#options.create ?? ((context) => protocol.create(context));
    node.service = new Service();
    node.incarnation++;
    node.replica = create({ self, voters: roster(n), timing, service: node.service });
    const { incarnation } = node;
    this.post(self, { type: 'start', durable: new Map(node.disk), incarnation });
  }

  /** Puts an event into the inbox of a replica that is up. */
  post(self: ReplicaId, event: Event<M>): void {
    const node = this.node(self);
    if (!node.replica) return;
    // Timeouts go before the inbox, but nothing goes before the start.
    if (event.type === 'timeout' && node.inbox[0]?.type !== 'start') node.inbox.unshift(event);
    else node.inbox.push(event);
    this.#wakeUp(node);
  }

  #wakeUp(node: Node<M, S, N>): void {
    if (node.busy || node.turnDue || node.inbox.length === 0) return;
    node.turnDue = true;
    this.scheduler.after(0, () => {
      node.turnDue = false;
      if (node.replica && !node.busy) this.#turn(node, node.replica);
    });
  }

  /** Steps the whole inbox, makes one write of the turn, and releases what stood after the first persist. */
  #turn(node: Node<M, S, N>, replica: Replica<M, S, N>): void {
    const events = node.inbox;
    node.inbox = [];
    const effects: Effect<M, N>[] = [];
    for (const event of events) {
      const stepped = replica.step(event);
      this.#options.onStep?.(node.self, replica.state, stepped);
      effects.push(...stepped);
    }
    const first = effects.findIndex(({ type }) => type === 'persist');
    const early = first < 0 ? effects : effects.slice(0, first);
    this.#release(node, early);
    if (first < 0) return;
    node.busy = true;
    const late = effects.slice(first);
    const { incarnation } = node;
    const [min, max] = this.#options.disk ?? [0, 0];
    const ticks = this.draw(min, max);
    const reachedAt = this.draw(0, ticks);
    const writes = late.flatMap((effect) => (effect.type === 'persist' ? effect.writes : []));
    const ifAlive = (run: () => void) => () => {
      if (node.incarnation === incarnation) run();
    };
    this.scheduler.after(
      reachedAt,
      ifAlive(() => writes.forEach((write) => apply(node.disk, write))),
    );
    this.scheduler.after(
      ticks,
      ifAlive(() => {
        node.busy = false;
        this.#release(node, late);
        this.#wakeUp(node);
      }),
    );
  }

  #release(node: Node<M, S, N>, effects: readonly Effect<M, N>[]): void {
    const own: Event<M>[] = [];
    for (const effect of effects) {
      this.#options.onRelease?.(node.self, effect);
      if (effect.type === 'send') {
        const { sign } = this.#options;
        const said = sign ? sign(node.self, effect.message) : effect.message;
        const message = this.#overTheWire(said);
        for (const to of effect.to) {
          if (to === node.self) own.push({ type: 'receive', from: to, message });
          else this.#transmit(node.self, to, message);
        }
      } else if (effect.type === 'setTimer') {
        this.#setTimer(node, effect.timer, this.draw(effect.ticksMin, effect.ticksMax));
      } else if (effect.type === 'cancelTimer') node.timers.delete(effect.timer);
      else if (effect.type === 'note') this.notes.push({ self: node.self, note: effect.note });
      else if (effect.type === 'reply') this.#options.onReply?.(node.self, effect.to, effect.reply);
    }
    // What a replica says to itself goes ahead of the inbox.
    node.inbox.unshift(...own);
    this.#wakeUp(node);
  }

  /** Every message crosses as text and through the schema: what a replica sends must be what one accepts. */
  #overTheWire(message: M): M {
    return v.parse(this.#options.protocol.message, JSON.parse(JSON.stringify(message)));
  }

  #transmit(from: ReplicaId, to: ReplicaId, message: M): void {
    this.#options.onSend?.(from, to, message);
    if (this.#options.drops?.(from, to, message)) return;
    if (this.draw(0, 99) < this.lossPercent) return;
    const copies = this.draw(0, 99) < this.repeatPercent ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const [min, max] = this.#options.delay ?? [1, 1];
      this.scheduler.after(this.draw(min, max), () => {
        if (!this.cut.has(`${from} ${to}`)) this.post(to, { type: 'receive', from, message });
      });
    }
  }

  #setTimer(node: Node<M, S, N>, timer: string, ticks: number): void {
    const order = ++this.#timerOrder;
    node.timers.set(timer, order);
    this.scheduler.after(ticks, () => {
      if (node.timers.get(timer) !== order) return;
      node.timers.delete(timer);
      this.post(node.self, { type: 'timeout', timer });
    });
  }
}

function apply(disk: Map<string, Json>, write: Write): void {
  if (write.type === 'put') {
    disk.set(write.key, write.value);
    return;
  }
  for (const key of [...disk.keys()]) {
    if (key >= write.from && key < write.to) disk.delete(key);
  }
}
