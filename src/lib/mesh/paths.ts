/**
 * The best path to each member: a direct channel, and while there is none a channel through the server. Whoever dials
 * tries both, and goes on trying for a direct one while the server relays.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import { dials, type Channel, type ChannelSource } from './channel.ts';
import { meshLimits } from './limits.ts';

/** What is under way with one peer that we dialled. */
interface Plan {
  readonly dialledAt: number;
  direct: boolean;
  relayed: boolean;
  /** Attempts at a direct channel since the server relays. */
  upgrades: number;
  /** Until the server is asked, or until the next attempt at a direct channel. */
  timer: TimerHandle | null;
}

export class PathSource implements ChannelSource {
  readonly kind = 'paths';
  readonly self: MemberId;
  readonly #plans = new Map<MemberId, Plan>();
  #opened: (channel: Channel) => void = () => undefined;
  #failed: (peer: MemberId, why: string) => void = () => undefined;

  constructor(
    private readonly direct: ChannelSource,
    private readonly relay: ChannelSource,
    private readonly clock: Clock,
  ) {
    this.self = direct.self;
    direct.onChannel((channel) => this.#onDirect(channel));
    direct.onFailed((peer, why) => this.#onDirectFailed(peer, why));
    relay.onChannel((channel) => this.#onRelayed(channel));
    relay.onFailed((peer, why) => this.#onRelayFailed(peer, why));
  }

  dial(peer: MemberId): 'dialing' | 'unreachable' {
    this.#forget(peer);
    const dialledAt = this.clock.now();
    const plan: Plan = { dialledAt, direct: false, relayed: false, upgrades: 0, timer: null };
    this.#plans.set(peer, plan);
    if (!this.#tryDirect(peer, plan)) return this.#tryRelay(peer, plan) ? 'dialing' : 'unreachable';
    this.#relayWhenStuck(peer, plan);
    return 'dialing';
  }

  knock(peer: MemberId): void {
    this.direct.knock(peer);
  }

  onKnock(knocked: (peer: MemberId) => void): void {
    this.direct.onKnock(knocked);
  }

  onChannel(opened: (channel: Channel) => void): void {
    this.#opened = opened;
  }

  onFailed(failed: (peer: MemberId, why: string) => void): void {
    this.#failed = failed;
  }

  has(peer: MemberId): boolean {
    return this.direct.has(peer) || this.relay.has(peer);
  }

  connections(peer: MemberId): number {
    return this.direct.connections(peer);
  }

  close(): void {
    for (const peer of [...this.#plans.keys()]) this.#forget(peer);
    this.direct.close();
    this.relay.close();
  }

  #tryDirect(peer: MemberId, plan: Plan): boolean {
    plan.direct = this.direct.dial(peer) === 'dialing';
    return plan.direct;
  }

  /** The server is asked once the introduction has stood still for so long. */
  #relayWhenStuck(peer: MemberId, plan: Plan): void {
    const steppedAt = Math.max(plan.dialledAt, this.direct.steppedAt?.(peer) ?? 0);
    const wait = steppedAt + meshLimits.relayAfterMs - this.clock.now();
    if (wait <= 0) return void this.#tryRelay(peer, plan);
    plan.timer = this.clock.setTimeout(() => this.#relayWhenStuck(peer, plan), wait);
  }

  #tryRelay(peer: MemberId, plan: Plan): boolean {
    this.#cancel(plan);
    plan.relayed = this.relay.dial(peer) === 'dialing';
    return plan.relayed;
  }

  #onDirect(channel: Channel): void {
    this.#forget(channel.peer);
    this.#opened(channel);
  }

  #onDirectFailed(peer: MemberId, why: string): void {
    const plan = this.#plans.get(peer);
    if (!plan) return this.#failed(peer, why);
    plan.direct = false;
    if (this.relay.has(peer)) return this.#upgradeLater(peer, plan);
    if (plan.relayed || this.#tryRelay(peer, plan)) return;
    this.#forget(peer);
    this.#failed(peer, why);
  }

  #onRelayed(channel: Channel): void {
    const { peer } = channel;
    const plan = this.#plans.get(peer);
    // A direct one has opened meanwhile. One from before this dial may be dead, as at the other end: there the relayed
    // one counts.
    if (!plan && dials(this.self, peer) && this.direct.has(peer)) return channel.close();
    if (plan) {
      plan.relayed = false;
      if (!plan.direct) this.#upgradeLater(peer, plan);
    }
    this.#opened(channel);
  }

  #onRelayFailed(peer: MemberId, why: string): void {
    const plan = this.#plans.get(peer);
    if (!plan) return;
    plan.relayed = false;
    // Its own end is still to come.
    if (plan.direct) return;
    this.#forget(peer);
    this.#failed(peer, why);
  }

  #upgradeLater(peer: MemberId, plan: Plan): void {
    this.#cancel(plan);
    const pauses = meshLimits.upgradePausesMs;
    const pause = pauses[Math.min(plan.upgrades++, pauses.length - 1)] as number;
    plan.timer = this.clock.setTimeout(() => {
      if (!this.relay.has(peer)) return this.#forget(peer);
      if (!this.#tryDirect(peer, plan)) this.#upgradeLater(peer, plan);
    }, pause);
  }

  #forget(peer: MemberId): void {
    const plan = this.#plans.get(peer);
    this.#plans.delete(peer);
    if (plan) this.#cancel(plan);
  }

  #cancel(plan: Plan): void {
    if (plan.timer !== null) this.clock.clear(plan.timer);
    plan.timer = null;
  }
}
