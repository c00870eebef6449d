/**
 * Twins (Bano et al., "Twins: BFT Systems Made Robust", 2020), in lock step: four replicas and a second one of the same
 * identity, all honest code. In each view the five are split in two; nothing that is said in a view crosses its split.
 * When all has arrived that can, everybody's timer fires, or the bare pacemaker ends the view for all. Where neither
 * side has a quorum for giving up a view, what is said of that passes after all: else a run would end there.
 */
import type { SignedRequest } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Event, Replica } from '#protocols/core/replica.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import { genesisCertificate } from '#protocols/hotstuff/block.ts';
import type { HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import type { HotStuffNote } from '#protocols/hotstuff/notes.ts';
import { createReplica } from '#protocols/hotstuff/replica.ts';
import { leaderOf } from '#protocols/hotstuff/rotation.ts';
import type { Rules } from '#protocols/hotstuff/rules.ts';
import type { HotStuffEffect, HotStuffState } from '#protocols/hotstuff/state.ts';
import type { Node } from '#protocols/hotstuff/tree.ts';
import { c, put, r, request } from '../../fixtures/ids.ts';
import { showing, timeouts } from '../statements.ts';
import type { Scenario } from './scenario.ts';

export interface Ending {
  /** Two honest replicas committed different blocks at one height, or one saw that itself. */
  readonly conflict: boolean;
  /** Height of the highest block that somebody honest committed. */
  readonly committed: number;
}

type HotStuff = Replica<HotStuffMessage, HotStuffState, HotStuffNote>;

interface Packet {
  readonly to: Instance;
  readonly from: ReplicaId;
  readonly message: HotStuffMessage;
}

interface Instance {
  readonly place: number;
  readonly id: ReplicaId;
  readonly replica: HotStuff;
  /** The view for which it was given something to propose. */
  asked: number;
}

const proof = { key: '', signature: '' };
const requestOf = (place: number, seq: number): SignedRequest => ({
  ...request(seq, put('x', String(seq)), c(place)),
  proof,
});

/** Rounds in which nothing moves before what is said of timeouts passes. */
const patience = 2;

/** In one round. Where too much is broken, two may ask each other for ever for blocks that do not fit. */
const packetsMax = 5_000;

export class Twins {
  readonly #scenario: Scenario;
  readonly #instances: readonly Instance[];
  #queue: Packet[] = [];
  /** Under the bare pacemaker: what was said in the view after the one that all are in. */
  #ahead: Packet[] = [];
  #round = 1;
  /** In this round timeouts pass everywhere. */
  #mended = false;

  constructor(rules: Rules, scenario: Scenario) {
    this.#scenario = scenario;
    const { order, keeps, twinned } = scenario;
    const voters = order.map(r);
    const rotation = { type: 'round-robin', views: keeps } as const;
    this.#instances = [0, 1, 2, 3, twinned].map((identity, place) => {
      const self = r(identity);
      const service = new Service();
      const context = { self, voters, timing: profiles.fast, service };
      const replica = createReplica(context, rules, { rotation });
      return { place, id: self, replica, asked: 0 };
    });
  }

  run(): Ending {
    for (const one of this.#instances) {
      this.#step(one, { type: 'start', durable: new Map(), incarnation: 1 });
    }
    this.#settle();
    if (this.#scenario.pacemaker === 'bare') this.#runBare();
    else this.#runCertified();
    return this.#ending();
  }

  #runCertified(): void {
    let idle = 0;
    while (idle <= patience && this.#lowestView() <= this.#scenario.splits.length) {
      const before = this.#progress();
      this.#mended = idle === patience;
      for (const one of this.#instances) this.#step(one, { type: 'timeout', timer: 'view' });
      this.#settle();
      idle = this.#progress() === before ? idle + 1 : 0;
    }
  }

  /** Whoever has no certificate of the view before comes by timeouts, which name none. */
  #runBare(): void {
    while (this.#round < this.#scenario.splits.length) {
      const sync = showing(genesisCertificate, timeouts(this.#round));
      this.#round++;
      for (const one of this.#instances) {
        this.#step(one, { type: 'receive', from: one.id, message: { type: 'SYNC', sync } });
      }
      this.#queue.push(...this.#ahead);
      this.#ahead = [];
      this.#settle();
    }
  }

  #settle(): void {
    for (let i = 0; i < Math.min(this.#queue.length, packetsMax); i++) {
      const { to, from, message } = this.#queue[i] as Packet;
      this.#step(to, { type: 'receive', from, message });
    }
    this.#queue = [];
  }

  #step(one: Instance, event: Event<HotStuffMessage>): void {
    const { state } = one.replica;
    const { splits } = this.#scenario;
    if (state.view > splits.length) return;
    for (const effect of one.replica.step(event)) this.#perform(one, effect);
    const { view, requests, setting } = state;
    const leads = leaderOf(view, null, setting) === one.id;
    if (one.asked >= view || view > splits.length || (!leads && requests.size > 0)) return;
    one.asked = view;
    this.#step(one, { type: 'request', requests: [requestOf(one.place, view)] });
  }

  #perform(one: Instance, effect: HotStuffEffect): void {
    if (effect.type !== 'send' || effect.message.type === 'REQUEST') return;
    const { message } = effect;
    const { pacemaker, splits } = this.#scenario;
    if (pacemaker === 'bare' && (message.type === 'SYNC' || message.type === 'TIMEOUT')) return;
    const { view } = one.replica.state;
    const split = splits[view - 1] ?? 0;
    const queue = pacemaker === 'bare' && view > this.#round ? this.#ahead : this.#queue;
    for (const other of this.#instances) {
      if (!effect.to.includes(other.id) || (other.id === one.id && other !== one)) continue;
      const isNear = other === one || ((split >> one.place) & 1) === ((split >> other.place) & 1);
      const passes = isNear || (this.#mended && message.type === 'TIMEOUT');
      if (passes) queue.push({ to: other, from: one.id, message });
    }
  }

  #lowestView(): number {
    return Math.min(...this.#instances.map(({ replica }) => replica.state.view));
  }

  #progress(): number {
    return this.#instances.reduce((sum, { replica }) => sum + replica.state.view, 0);
  }

  #ending(): Ending {
    const byHeight = new Map<number, string>();
    let conflict = false;
    for (const { id, replica } of this.#instances) {
      if (id === r(this.#scenario.twinned)) continue;
      const { committed, stopped } = replica.state;
      conflict ||= stopped !== null;
      for (let node: Node | null = committed; node; node = node.parent) {
        const digest = byHeight.get(node.height) ?? node.digest;
        byHeight.set(node.height, digest);
        conflict ||= digest !== node.digest;
      }
    }
    return { conflict, committed: Math.max(...byHeight.keys()) };
  }
}
