/**
 * A packet network between numbered endpoints: every packet finds its own way. Each path has its own generator, so
 * that what travels on one changes nothing on another.
 */
import type { ClientMessage, ClientReply } from '#protocols/core/client.ts';
import type { World } from '#protocols/core/schedule.ts';
import type { Envelope } from '#lib/host/environment.ts';
import type { FaultCounts } from './counts.ts';
import type { EventQueue } from './queue.ts';
import { Random } from './random.ts';

export type Packet =
  | { readonly type: 'envelope'; readonly envelope: Envelope<unknown> }
  | { readonly type: 'requests'; readonly requests: readonly ClientMessage[] }
  /** Of a client's life: a later client in its place must not hear them. */
  | { readonly type: 'replies'; readonly to: string; readonly replies: readonly ClientReply[] };

export type NetworkOptions = World['network'];

interface Path {
  readonly from: number;
  readonly to: number;
  readonly random: Random;
  cut: boolean;
  cloggedUntil: number;
  inFlight: number;
  /** The latest arrival so far: an earlier one has overtaken. */
  lastArrival: number;
}

interface Filter {
  readonly from: number | null;
  readonly to: number | null;
  readonly message: string;
}

export interface NetworkContext {
  readonly queue: EventQueue;
  readonly counts: FaultCounts;
  readonly seed: number;
  readonly endpoints: number;
  readonly nameOf: (message: unknown) => string;
  readonly deliver: (from: number, to: number, packet: Packet) => boolean;
}

export class Network {
  options: NetworkOptions;
  readonly #context: NetworkContext;
  readonly #paths: Path[];
  #filters: Filter[] = [];

  constructor(options: NetworkOptions, context: NetworkContext) {
    this.options = options;
    this.#context = context;
    const { endpoints, seed } = context;
    this.#paths = Array.from({ length: endpoints * endpoints }, (_, i) => {
      const [from, to] = [Math.floor(i / endpoints), i % endpoints];
      const random = new Random(seed, `network/${from}/${to}`);
      return { from, to, random, cut: false, cloggedUntil: 0, inFlight: 0, lastArrival: 0 };
    });
  }

  send(from: number, to: number, packet: Packet): void {
    const { counts } = this.#context;
    const { lossPerMille, repeatPerMille } = this.options;
    const path = this.#path(from, to);
    const passed = this.#filters.length > 0 ? this.#filtered(path, packet) : packet;
    if (!passed) return;
    if (path.random.chance(lossPerMille)) {
      counts.F2++;
      return;
    }
    this.#carry(path, passed);
    if (path.random.chance(repeatPerMille)) {
      counts.F3++;
      this.#carry(path, passed);
    }
  }

  /** Nothing passes from any of `from` to any of `to`, packets on their way included. */
  cut(from: readonly number[], to: readonly number[]): void {
    for (const path of this.#between(from, to)) path.cut = true;
  }

  mend(from: readonly number[], to: readonly number[]): void {
    for (const path of this.#between(from, to)) path.cut = false;
  }

  clog(from: number, to: number, ticks: number): void {
    for (const path of this.#between([from], [to])) {
      path.cloggedUntil = this.#context.queue.now + ticks;
    }
  }

  unclog(from: readonly number[], to: readonly number[]): void {
    for (const path of this.#between(from, to)) path.cloggedUntil = 0;
  }

  filter(filter: Filter): void {
    this.#filters.push(filter);
  }

  unfilter(): void {
    this.#filters = [];
  }

  #path(from: number, to: number): Path {
    return this.#paths[from * this.#context.endpoints + to] as Path;
  }

  #between(from: readonly number[], to: readonly number[]): Path[] {
    const known = (list: readonly number[]) => list.filter((i) => i < this.#context.endpoints);
    return known(from).flatMap((a) =>
      known(to).flatMap((b) => (a === b ? [] : [this.#path(a, b)])),
    );
  }

  #carry(path: Path, packet: Packet): void {
    const { queue, counts } = this.#context;
    const { delayMin, delayMean, pathCapacity } = this.options;
    if (pathCapacity > 0 && path.inFlight >= pathCapacity) {
      counts.F6++;
      return;
    }
    const delay = delayMin + path.random.exponential(delayMean);
    const arrival = queue.now + delay;
    if (delay > 1) counts.F1++;
    if (arrival < path.lastArrival) counts.F4++;
    else path.lastArrival = arrival;
    path.inFlight++;
    queue.at(arrival, () => this.#arrive(path, packet));
  }

  #arrive(path: Path, packet: Packet): boolean {
    const { queue, counts, deliver } = this.#context;
    if (path.cloggedUntil > queue.now) {
      counts.F10++;
      queue.at(path.cloggedUntil, () => this.#arrive(path, packet));
      return false;
    }
    path.inFlight--;
    if (path.cut) {
      counts.cut++;
      return false;
    }
    return deliver(path.from, path.to, packet);
  }

  /** What the filters leave of a packet; `null` for nothing. */
  #filtered(path: Path, packet: Packet): Packet | null {
    if (packet.type !== 'envelope') return packet;
    const { nameOf, counts } = this.#context;
    const { envelope } = packet;
    const stopped = this.#filters
      .filter(({ from, to }) => (from ?? path.from) === path.from && (to ?? path.to) === path.to)
      .map(({ message }) => message);
    if (stopped.length === 0) return packet;
    const messages = envelope.messages.filter((message) => !stopped.includes(nameOf(message)));
    counts.F9 += envelope.messages.length - messages.length;
    return messages.length === 0 ? null : { ...packet, envelope: { ...envelope, messages } };
  }
}
