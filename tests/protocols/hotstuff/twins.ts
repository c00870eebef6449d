/**
 * Twins (Bano et al., "Twins: BFT Systems Made Robust", 2020), in lock step: four replicas and a second one of the same
 * identity, all honest code. In each view the five are split in two; nothing that is said in a view crosses its split.
 * When all has arrived that can, everybody's timer fires. Where neither side has a quorum for giving up a view, what is
 * said of that passes after all: else a run would end there.
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
import type { Rules } from '#protocols/hotstuff/rules.ts';
import type { HotStuffEffect, HotStuffState } from '#protocols/hotstuff/state.ts';
import type { Node } from '#protocols/hotstuff/tree.ts';
import type { Random } from '#lib/simulator/random.ts';
import { c, put, r, request } from '../fixtures/ids.ts';

export interface Scenario {
  /** The order in which they lead: a permutation of 0 to 3. */
  readonly order: readonly number[];
  /** Who there are two of: a number of `order`. */
  readonly twinned: number;
  /** Of view 1, 2 …: bit i stands for the side of instance i. Instance 4 is the twin. */
  readonly splits: readonly number[];
  /**
   * - `certified`: timeouts come with the certificates that they name
   * - `bare`: with none, as in the paper, where a pacemaker proves nothing; all hear them. Only the lock keeps together
   */
  readonly pacemaker: 'certified' | 'bare';
}

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

const proof = { key: 'a'.repeat(64), signature: 'b'.repeat(128) };
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
  readonly #queue: Packet[] = [];
  /** In this round timeouts pass everywhere. */
  #mended = false;

  constructor(rules: Rules, scenario: Scenario) {
    this.#scenario = scenario;
    const voters = scenario.order.map(r);
    const places = [0, 1, 2, 3, scenario.twinned];
    this.#instances = places.map((identity, place) => {
      const self = r(identity);
      const service = new Service();
      const context = { self, voters, timing: profiles.fast, service };
      return { place, id: self, replica: createReplica(context, rules), asked: 0 };
    });
  }

  run(): Ending {
    for (const one of this.#instances) {
      this.#step(one, { type: 'start', durable: new Map(), incarnation: 1 });
    }
    let idle = 0;
    this.#settle();
    while (idle <= patience && this.#lowestView() <= this.#scenario.splits.length) {
      const before = this.#progress();
      this.#mended = idle === patience;
      for (const one of this.#instances) this.#step(one, { type: 'timeout', timer: 'view' });
      this.#settle();
      idle = this.#progress() === before ? idle + 1 : 0;
    }
    return this.#ending();
  }

  #settle(): void {
    for (let i = 0; i < Math.min(this.#queue.length, packetsMax); i++) {
      const { to, from, message } = this.#queue[i] as Packet;
      this.#step(to, { type: 'receive', from, message });
    }
    this.#queue.length = 0;
  }

  #step(one: Instance, event: Event<HotStuffMessage>): void {
    const { state } = one.replica;
    const { splits } = this.#scenario;
    if (state.view > splits.length) return;
    for (const effect of one.replica.step(event)) this.#perform(one, effect);
    const { view, requests, setting } = state;
    const leads = setting.voters[view % setting.voters.length] === one.id;
    if (one.asked >= view || view > splits.length || (!leads && requests.size > 0)) return;
    one.asked = view;
    this.#step(one, { type: 'request', requests: [requestOf(one.place, view)] });
  }

  #perform(one: Instance, effect: HotStuffEffect): void {
    if (effect.type !== 'send' || effect.message.type === 'REQUEST') return;
    const { view } = one.replica.state;
    const split = this.#scenario.splits[view - 1] ?? 0;
    for (const other of this.#instances) {
      if (!effect.to.includes(other.id) || (other.id === one.id && other !== one)) continue;
      const isNear = other === one || ((split >> one.place) & 1) === ((split >> other.place) & 1);
      const message = this.#arriving(effect.message, isNear);
      if (message) this.#queue.push({ to: other, from: one.id, message });
    }
  }

  /** What of `message` comes to an instance on the same side or on the other; `null`: nothing. */
  #arriving(message: HotStuffMessage, isNear: boolean): HotStuffMessage | null {
    const { type } = message;
    if (this.#scenario.pacemaker === 'certified') {
      return isNear || (this.#mended && type === 'TIMEOUT') ? message : null;
    }
    if (type === 'SYNC') return null;
    if (type !== 'TIMEOUT') return isNear ? message : null;
    const { highTC, decided } = message.sync;
    const vote = isNear ? message.vote : null;
    return { ...message, sync: { highQC: genesisCertificate, highTC, decided }, vote };
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

/** All ways to split five in two: instance 0 is on side 0, and somebody is on the other. */
export const allSplits: readonly number[] = Array.from({ length: 15 }, (_, i) => 2 * (i + 1));

/** Every sequence of `views` splits. */
export function* everySequence(views: number): Generator<readonly number[], void> {
  if (views === 0) return yield [];
  for (const first of allSplits) {
    for (const rest of everySequence(views - 1)) yield [first, ...rest];
  }
}

/**
 * A scenario in which `few` splits come again and again, so that each side goes on where it was; with any order, and
 * any of the four twinned.
 */
export function drawScenario(
  random: Random,
  { views, few, pacemaker }: Pick<Scenario, 'pacemaker'> & { views: number; few: number },
): Scenario {
  const drawn = Array.from({ length: few }, () => random.pick(allSplits));
  const order = random.shuffle([0, 1, 2, 3]);
  const twinned = random.between(0, 3);
  const splits = Array.from({ length: views }, () => random.pick(drawn));
  return { order, twinned, splits, pacemaker };
}
