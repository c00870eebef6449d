/** A PBFT cluster with its invariants on, and clients that wait for f + 1 equal answers. */
import { Client } from '#protocols/core/client-core.ts';
import type { Violation } from '#protocols/core/checker.ts';
import type { ClientEffect, ClientReply } from '#protocols/core/client.ts';
import type { ClientId, ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaContext } from '#protocols/core/protocol.ts';
import type { Replica } from '#protocols/core/replica.ts';
import { profiles } from '#protocols/core/timing.ts';
import { ClusterInvariants } from '#protocols/pbft/invariants.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import { pbft } from '#protocols/pbft/protocol.ts';
import { createReplica } from '#protocols/pbft/replica.ts';
import * as rules from '#protocols/pbft/rules.ts';
import type { PbftState } from '#protocols/pbft/state.ts';
import { Cluster, type ClusterOptions } from '../fixtures/cluster.ts';
import { c, put, r, roster } from '../fixtures/ids.ts';
import { signedRequest, signIn } from './statements.ts';

type Create = (context: ReplicaContext) => Replica<PbftMessage, PbftState, PbftNote>;

interface Options extends Partial<ClusterOptions<PbftMessage, PbftState, PbftNote>> {
  /** Without them only the messages are of interest. */
  readonly checkers?: 'on' | 'off';
  /** Who is not honest, and what it runs instead: no invariant is asked of it. */
  readonly liars?: ReadonlyMap<ReplicaId, Create>;
}

export class PbftWorld {
  readonly cluster: Cluster<PbftMessage, PbftState, PbftNote>;
  readonly sent: {
    readonly from: ReplicaId;
    readonly to: ReplicaId;
    readonly message: PbftMessage;
  }[] = [];
  /** `seq` of the answered requests, and when they were answered. */
  readonly settled = new Map<number, number>();
  replies = 0;
  /** Messages that do not leave. */
  stop: (from: ReplicaId, to: ReplicaId, message: PbftMessage) => boolean = () => false;
  readonly #client: Client;

  constructor(n: number, { liars = new Map(), checkers = 'on', ...options }: Options = {}) {
    const invariants = new ClusterInvariants((id) => this.cluster.node(id).disk);
    const must = (violations: Iterable<Violation>): void => {
      for (const { id, text } of violations) throw new Error(`${id}: ${text}`);
    };
    const isHonest = (self: ReplicaId) => checkers === 'on' && !liars.has(self);
    this.#client = new Client({
      self: c(0),
      replicas: roster(n),
      repliesNeeded: pbft.repliesNeeded(n),
      retryTicks: profiles.fast.clientRetryTicks,
    });
    this.cluster = new Cluster({
      protocol: pbft,
      n,
      seed: n,
      create: (context) => liars.get(context.self)?.(context) ?? createReplica(context, rules),
      sign: signIn,
      onStep: (self, state, effects) => {
        if (isHonest(self)) must(invariants.check(state, effects));
      },
      onRelease: (self, effect) => {
        if (isHonest(self)) must(invariants.released(self, effect));
      },
      onReply: (from, to, reply) => this.#hear(from, to, reply),
      onSend: (from, to, message) => this.sent.push({ from, to, message }),
      drops: (from, to, message) => this.stop(from, to, message),
      ...options,
    });
    this.#forget = (id) => invariants.forget(id);
    this.cluster.run(1);
  }

  readonly #forget: (id: ReplicaId) => void;

  crash(i: number): void {
    this.cluster.crash(r(i));
    this.#forget(r(i));
  }

  restart(i: number): void {
    this.cluster.restart(r(i));
  }

  state(i: number): Readonly<PbftState> {
    const state = this.cluster.node(r(i)).replica?.state;
    if (!state) throw new Error(`replica ${i} is down`);
    return state;
  }

  states(): Readonly<PbftState>[] {
    return this.cluster.states();
  }

  digests(): string[] {
    const up = [...this.cluster.nodes.values()].filter(({ replica }) => replica !== null);
    return up.map(({ service }) => service.digest());
  }

  /** Nothing passes between the one set and all others. */
  cutOff(...alone: number[]): void {
    for (const id of this.cluster.nodes.keys()) {
      for (const i of alone) {
        if (alone.some((other) => r(other) === id)) continue;
        this.cluster.cut.add(`${r(i)} ${id}`).add(`${id} ${r(i)}`);
      }
    }
  }

  mend(): void {
    this.cluster.cut.clear();
  }

  /** The client writes a value of its own, `count` times at once. */
  write(count = 1): void {
    const first = this.#client.nextSeq;
    const commands = Array.from({ length: count }, (_, i) => put('x', String(first + i)));
    this.#perform(this.#client.submit(commands));
  }

  /** `count` requests one after the other, each once the one before is answered. */
  writeEach(count: number): void {
    for (let i = 0; i < count; i++) {
      const before = this.settled.size;
      this.write();
      for (let ticks = 0; ticks < 60_000 && this.settled.size === before; ticks += 10) {
        this.cluster.run(10);
      }
      if (this.settled.size === before) throw new Error('a request stays without an answer');
    }
  }

  #hear(from: ReplicaId, to: ClientId, reply: ClientReply): void {
    this.replies++;
    if (to !== c(0)) return;
    this.cluster.scheduler.after(1, () => this.#perform(this.#client.onReply(from, [reply])));
  }

  #perform(effects: readonly ClientEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') {
        const requests = effect.requests.map((request) => ({
          ...signedRequest(1),
          ...(request as ReturnType<typeof signedRequest>),
        }));
        this.cluster.scheduler.after(1, () =>
          this.cluster.post(effect.to, { type: 'request', requests }),
        );
      } else if (effect.type === 'setTimer') {
        this.cluster.scheduler.after(effect.ticks, () => this.#perform(this.#client.onTimer()));
      } else if (effect.type === 'settled') {
        this.settled.set(effect.seq, this.cluster.scheduler.now);
      }
    }
  }
}
