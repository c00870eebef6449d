/** A Raft cluster with its invariants on, clients that write to it, and things that go wrong. */
import { Client } from '#protocols/core/client-core.ts';
import type { ClientEffect, ClientReply, Result } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { Violation } from '#protocols/core/checker.ts';
import { ClusterInvariants } from '#protocols/raft/invariants.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import { raft } from '#protocols/raft/protocol.ts';
import { createReplica } from '#protocols/raft/replica.ts';
import * as honest from '#protocols/raft/rules.ts';
import type { RaftState } from '#protocols/raft/state.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import { c, roster } from './ids.ts';

export interface Answer {
  readonly client: number;
  readonly seq: number;
  readonly calledAt: number;
  readonly answeredAt: number;
  readonly index: number;
  readonly result: Result;
}

type Options = Partial<ClusterOptions<RaftMessage, RaftState, RaftNote>>;

/** The first violation stops a run: what follows it means nothing. */
export class Violated extends Error {
  constructor(readonly violation: Violation) {
    super(`${violation.id}: ${violation.text}`);
  }
}

export class RaftWorld {
  readonly cluster: Cluster<RaftMessage, RaftState, RaftNote>;
  readonly invariants: ClusterInvariants;
  readonly answers: Answer[] = [];
  readonly ids: readonly ReplicaId[];
  readonly #clients: Client[] = [];
  readonly #calledAt = new Map<string, number>();
  #value = 0;

  constructor(n: number, seed: number, options: Options = {}, rules: honest.Rules = honest) {
    this.ids = roster(n);
    this.invariants = new ClusterInvariants((id) => this.cluster.node(id).disk);
    const must = (violations: Iterable<Violation>): void => {
      for (const violation of violations) throw new Violated(violation);
    };
    this.cluster = new Cluster({
      protocol: raft,
      n,
      seed,
      create: (context) => createReplica(context, rules),
      onStep: (_self, state, effects) => must(this.invariants.check(state, effects)),
      onRelease: (self, effect) => must(this.invariants.released(self, effect)),
      onReply: (from, to, reply) => this.#deliver(from, to, reply),
      ...options,
    });
  }

  /** Client number `i` prefers replica `i`. */
  addClients(count: number): void {
    for (let i = 0; i < count; i++) {
      const replicas = this.ids.map((_, k) => this.ids[(i + k) % this.ids.length] as ReplicaId);
      const { clientRetryTicks: retryTicks } = profiles.fast;
      this.#clients.push(new Client({ self: c(i), replicas, repliesNeeded: 1, retryTicks }));
    }
  }

  /** Client `i` writes a value never written before, `count` times at once. */
  write(i: number, count = 1): void {
    const client = this.#clients[i] as Client;
    const key = `k${this.cluster.draw(0, 3)}`;
    const commands = Array.from({ length: count }, () => {
      const value = String(++this.#value);
      if (this.cluster.draw(0, 4) === 0) return { op: 'get', key } as const;
      return { op: 'put', key, value } as const;
    });
    for (let k = 0; k < count; k++) {
      this.#calledAt.set(`${i} ${client.nextSeq + k}`, this.cluster.scheduler.now);
    }
    this.#perform(i, client.submit(commands));
  }

  unanswered(): number {
    return this.#clients.reduce((sum, client) => sum + client.unanswered().length, 0);
  }

  crash(id: ReplicaId): void {
    this.cluster.crash(id);
    this.invariants.forget(id);
  }

  /** One thing that goes wrong, or right again. At most a minority is down at once. */
  disturb(): void {
    const { cluster, ids } = this;
    const id = ids[cluster.draw(0, ids.length - 1)] as ReplicaId;
    const other = ids[cluster.draw(0, ids.length - 1)] as ReplicaId;
    const isUp = cluster.node(id).replica !== null;
    const upCount = cluster.states().length;
    switch (cluster.draw(0, 5)) {
      case 0:
        if (isUp && (upCount - 1) * 2 > ids.length) this.crash(id);
        return;
      case 1:
        if (isUp) this.crash(id);
        cluster.restart(id);
        return;
      case 2:
        cluster.cut.add(`${id} ${other}`);
        return;
      case 3:
        for (const to of ids) cluster.cut.add(`${id} ${to}`).add(`${to} ${id}`);
        return;
      case 4:
        cluster.cut.clear();
        return;
      case 5:
        cluster.post(id, { type: 'wake', elapsedTicks: cluster.draw(0, 1_000) });
    }
  }

  /** Everything works again: all up, no link cut, nothing lost. */
  heal(): void {
    const { cluster } = this;
    cluster.cut.clear();
    cluster.lossPercent = 0;
    for (const id of this.ids) if (!cluster.node(id).replica) cluster.restart(id);
  }

  /** What is wrong with the answers, given what was committed; `null` if one order explains them all (I16). */
  historyProblem(): string | null {
    const service = new Service();
    const outcomes = new Map<number, Result>();
    for (const [i, entry] of this.invariants.committed.entries()) {
      if (entry.kind === 'noop') continue;
      const outcome = service.execute(entry.request, i + 1);
      if (outcome.index === i + 1) outcomes.set(i + 1, outcome.result);
    }
    const byCall = [...this.answers].sort((a, b) => a.calledAt - b.calledAt);
    const byAnswer = [...this.answers].sort((a, b) => a.answeredAt - b.answeredAt);
    let settled = 0;
    let highest = 0;
    for (const { calledAt, index, seq, client, result } of byCall) {
      // An answer given before this call was made must stand before it in the log.
      for (; (byAnswer[settled]?.answeredAt ?? Infinity) < calledAt; settled++) {
        highest = Math.max(highest, byAnswer[settled]?.index ?? 0);
      }
      if (index <= highest) return `request ${seq} of client ${client} went back in time`;
      if (JSON.stringify(outcomes.get(index)) !== JSON.stringify(result)) {
        return `request ${seq} of client ${client} heard what the log does not say`;
      }
    }
    return null;
  }

  #deliver(from: ReplicaId, to: string, reply: ClientReply): void {
    const i = this.ids.findIndex((_, k) => c(k) === to);
    const client = this.#clients[i];
    if (!client) return;
    this.cluster.scheduler.after(1, () => this.#perform(i, client.onReply(from, [reply])));
  }

  #perform(i: number, effects: readonly ClientEffect[]): void {
    const { cluster } = this;
    const client = this.#clients[i] as Client;
    for (const effect of effects) {
      if (effect.type === 'send') {
        const { to, requests } = effect;
        cluster.scheduler.after(1, () => cluster.post(to, { type: 'request', requests }));
      } else if (effect.type === 'setTimer') {
        cluster.scheduler.after(effect.ticks, () => this.#perform(i, client.onTimer()));
      } else {
        const { seq, index, result } = effect;
        const calledAt = this.#calledAt.get(`${i} ${seq}`) ?? 0;
        const answeredAt = cluster.scheduler.now;
        this.answers.push({ client: i, seq, calledAt, answeredAt, index, result });
      }
    }
  }
}

/**
 * Six seconds in which everything goes wrong, then all is well again for `calmTicks`. The seed decides all of it: how
 * many replicas, how slow the links and disks, how much is lost and repeated, who crashes and who is cut off.
 */
export function storm(seed: number, calmTicks = 12_000, rules: honest.Rules = honest): RaftWorld {
  const n = [3, 5, 4, 2, 7, 1][seed % 6] as number;
  const options: Options = {
    delay: seed % 3 === 0 ? [1, 1] : [1, 60],
    disk: seed % 2 === 0 ? [0, 0] : [0, 20],
    lossPercent: (seed * 7) % 31,
    repeatPercent: (seed * 11) % 51,
  };
  const world = new RaftWorld(n, seed, options, rules);
  const { cluster } = world;
  const clients = Math.min(n, 3);
  world.addClients(clients);
  for (let step = 0; step < 60; step++) {
    world.write(cluster.draw(0, clients - 1), cluster.draw(1, 3));
    if (cluster.draw(0, 2) === 0) world.disturb();
    cluster.run(100);
  }
  world.heal();
  cluster.run(calmTicks);
  return world;
}
