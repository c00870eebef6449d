/** A Raft cluster with its invariants on, clients that write to it and read, and things that go wrong. */
import { Client } from '#protocols/core/client-core.ts';
import {
  readModes,
  type ClientEffect,
  type ClientReply,
  type ReadMode,
  type Result,
} from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { Violation } from '#protocols/core/checker.ts';
import { compacting as withSnapshots } from '#protocols/raft/compacting.ts';
import { membersOf } from '#protocols/raft/configuration.ts';
import { ClusterInvariants } from '#protocols/raft/invariants.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import { raft } from '#protocols/raft/protocol.ts';
import { createReplica } from '#protocols/raft/replica.ts';
import * as honest from '#protocols/raft/rules.ts';
import { configurationOf, type RaftState } from '#protocols/raft/state.ts';
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

/** A query answered, and the highest index its client had seen when it asked. */
export interface ReadAnswer extends Omit<Answer, 'seq'> {
  readonly key: string;
  readonly served: ReadMode;
  readonly seen: number;
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
  readonly reads: ReadAnswer[] = [];
  readonly ids: readonly ReplicaId[];
  readonly #clients: Client[] = [];
  readonly #calledAt = new Map<string, number>();
  /** Appended to every value that is written. */
  padding = '';
  readonly #queriedAt = new Map<string, { readonly calledAt: number; readonly seen: number }>();
  readonly #seen: number[] = [];
  #value = 0;

  constructor(n: number, seed: number, options: Options = {}, rules: honest.Rules = honest) {
    this.ids = roster(n + (options.spares ?? 0));
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
      const value = String(++this.#value) + this.padding;
      if (this.cluster.draw(0, 4) === 0) return { op: 'get', key } as const;
      return { op: 'put', key, value } as const;
    });
    for (let k = 0; k < count; k++) {
      this.#calledAt.set(`${i} ${client.nextSeq + k}`, this.cluster.scheduler.now);
    }
    this.#perform(i, client.submit(commands));
  }

  /** Client `i` reads one of the keys that are written to. */
  read(i: number, mode: ReadMode, key = `k${this.cluster.draw(0, 3)}`): void {
    const client = this.#clients[i] as Client;
    const calledAt = this.cluster.scheduler.now;
    this.#queriedAt.set(`${i} ${client.nextQuery}`, { calledAt, seen: this.#seen[i] ?? 0 });
    this.#perform(i, client.query(key, mode));
  }

  unanswered(): number {
    return this.#clients.reduce(
      (sum, client) => sum + client.unanswered().length + client.queriesOpen,
      0,
    );
  }

  /** {@link anyLeader}, which must be there. */
  leader(): RaftState {
    const leader = this.anyLeader();
    if (!leader) throw new Error('nobody leads');
    return leader as RaftState;
  }

  /** Cuts both ways between every member of one set and every member of the other. */
  part(some: readonly ReplicaId[], others: readonly ReplicaId[]): void {
    for (const a of some)
      for (const b of others) this.cluster.cut.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  transfer(from: ReplicaId, to: ReplicaId): void {
    this.cluster.post(from, { type: 'operate', operation: { type: 'transferLeadership', to } });
  }

  crash(id: ReplicaId): void {
    this.cluster.crash(id);
    this.invariants.forget(id);
  }

  /** The leader of the highest term among those that are up. */
  anyLeader(): Readonly<RaftState> | undefined {
    const leaders = this.cluster.states().filter(({ role }) => role.name === 'leader');
    return leaders.sort((a, b) => b.currentTerm - a.currentTerm)[0];
  }

  /** Asks the leader, if there is one, for another membership. */
  change(voters: readonly ReplicaId[], learners: readonly ReplicaId[] = []): void {
    const leader = this.anyLeader()?.self;
    const operation = { type: 'changeMembership', voters, learners } as const;
    if (leader) this.cluster.post(leader, { type: 'operate', operation });
  }

  /** Anything goes: some vote, some learn, the others are out. */
  changeAtRandom(): void {
    const ids = this.ids.filter(() => this.cluster.draw(0, 2) > 0);
    const learners = ids.filter(() => this.cluster.draw(0, 3) === 0);
    this.change(
      ids.filter((id) => !learners.includes(id)),
      learners,
    );
  }

  /** Who was removed is switched off, as its person would do. */
  dismiss(): void {
    const [newest] = this.cluster.states().sort((a, b) => b.commitIndex - a.commitIndex);
    if (!newest) return;
    const members = membersOf(configurationOf(newest));
    for (const id of this.ids) if (!members.includes(id)) this.crash(id);
  }

  /** One thing that goes wrong, or right again. At most a minority is down at once. */
  disturb(): void {
    const { cluster, ids } = this;
    const id = ids[cluster.draw(0, ids.length - 1)] as ReplicaId;
    const other = ids[cluster.draw(0, ids.length - 1)] as ReplicaId;
    const isUp = cluster.node(id).replica !== null;
    const upCount = cluster.states().length;
    switch (cluster.draw(0, 6)) {
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
        return;
      case 6:
        this.transfer(id, other);
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
      if (entry.kind !== 'command') continue;
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
    return this.#readProblem();
  }

  /** R36: no answer given before the call is newer; R40: nothing the client had seen is; and the log says the same. */
  #readProblem(): string | null {
    const settled = [...this.answers, ...this.reads];
    for (const { client, calledAt, index, result, key, served, seen } of this.reads) {
      const who = `a ${served} read of client ${client}`;
      if (index < seen) return `${who} went behind what it had seen`;
      const before = settled.filter(({ answeredAt }) => answeredAt < calledAt);
      if (served !== 'local' && before.some((other) => other.index > index))
        return `${who} is stale`;
      if (this.#valueAt(key, index) !== result.value)
        return `${who} heard what the log does not say`;
    }
    return null;
  }

  #valueAt(key: string, index: number): string | null {
    const service = new Service();
    for (const [i, entry] of this.invariants.committed.slice(0, index).entries()) {
      if (entry.kind === 'command') service.execute(entry.request, i + 1);
    }
    return service.query(key).value;
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
      } else if (effect.type === 'answered') {
        const { query, key, served, index, result } = effect;
        const { calledAt, seen } = this.#queriedAt.get(`${i} ${query}`) ?? { calledAt: 0, seen: 0 };
        const answeredAt = cluster.scheduler.now;
        this.#seen[i] = Math.max(this.#seen[i] ?? 0, index);
        this.reads.push({ client: i, key, served, seen, calledAt, answeredAt, index, result });
      } else {
        const { seq, index, result } = effect;
        this.#seen[i] = Math.max(this.#seen[i] ?? 0, index);
        const calledAt = this.#calledAt.get(`${i} ${seq}`) ?? 0;
        const answeredAt = cluster.scheduler.now;
        this.answers.push({ client: i, seq, calledAt, answeredAt, index, result });
      }
    }
  }
}

/** Rules that take a snapshot every `entries` and keep `behind` of them in the log. */
export function compacting(
  entries: number,
  behind: number,
  rules: honest.Rules = honest,
): honest.Rules {
  return withSnapshots(rules, { every: entries, kept: behind });
}

/** In every second storm logs are compacted, in every third the membership changes. */
const compacts = (seed: number): boolean => seed % 2 === 1;
const changes = (seed: number): boolean => seed % 3 === 2;

/**
 * Six seconds in which everything goes wrong, then all is well again for `calmTicks`. The seed decides all of it: how
 * many replicas, how slow the links and disks, how much is lost and repeated, who crashes and who is cut off.
 */
export function storm(seed: number, calmTicks = 12_000, rules: honest.Rules = honest): RaftWorld {
  const n = [3, 5, 4, 2, 7, 1][seed % 6] as number;
  const options: Options = {
    spares: changes(seed) ? 2 : 0,
    delay: seed % 3 === 0 ? [1, 1] : [1, 60],
    disk: seed % 2 === 0 ? [0, 0] : [0, 20],
    lossPercent: (seed * 7) % 31,
    repeatPercent: (seed * 11) % 51,
  };
  const world = new RaftWorld(n, seed, options, compacts(seed) ? compacting(10, 3, rules) : rules);
  const { cluster } = world;
  if (seed % 8 === 1) world.padding = '.'.repeat(2_000);
  const clients = Math.min(n, 3);
  world.addClients(clients);
  for (let step = 0; step < 60; step++) {
    world.write(cluster.draw(0, clients - 1), cluster.draw(1, 3));
    world.read(cluster.draw(0, clients - 1), readModes[cluster.draw(0, 2)] as ReadMode);
    if (cluster.draw(0, 2) === 0) world.disturb();
    if (changes(seed) && cluster.draw(0, 5) === 0) world.changeAtRandom();
    cluster.run(100);
  }
  world.heal();
  cluster.run(calmTicks / 2);
  if (changes(seed)) world.dismiss();
  cluster.run(calmTicks / 2);
  return world;
}
