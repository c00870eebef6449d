/**
 * RTCDataChannels to the other members, dialled by PeerJS through any PeerServer. As with simple-peer the member with
 * the lower id dials. Who asks to be dialled says so at the door: PeerJS has no word for it.
 */
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock } from '../tab/clock.ts';
import { dials, type Channel, type ChannelSource } from './channel.ts';
import { hasWebRtc } from './connection.ts';
import { meshLimits } from './limits.ts';
import { Offers } from './offers.ts';
import type { PeerCall } from './peerjs-call.ts';
import { parseIntroduction, type IntroductionStep, type Signaling } from './signaling.ts';

/** What the links need of whoever holds this tab's id at a PeerServer. */
export interface Exchange {
  /** Dials a member; `null` when nobody knows where it is, or nobody can introduce us now. */
  call(peer: MemberId): PeerCall<MemberId> | null;
  /** `takes` is asked before anything is made of an offer. Returns how to stop listening. */
  onCall(
    takes: (from: MemberId) => boolean,
    called: (call: PeerCall<MemberId>) => void,
  ): () => void;
}

/** The door, for {@link ChannelSource.knock}. */
export type Knocker = Pick<Signaling, 'connected' | 'send' | 'onSignal'>;

export class PeerJsSource implements ChannelSource {
  readonly kind = 'peerjs';
  readonly #calls = new Set<PeerCall<MemberId>>();
  readonly #connections = new Map<MemberId, number>();
  readonly #offers: Offers;
  #opened: (channel: Channel) => void = () => undefined;
  #failed: (peer: MemberId, why: string) => void = () => undefined;
  #knocked: (peer: MemberId) => void = () => undefined;
  readonly #stop: readonly (() => void)[];

  constructor(
    readonly self: MemberId,
    private readonly ways: { readonly exchange: Exchange; readonly door: Knocker },
    private readonly clock: Clock,
  ) {
    this.#offers = new Offers(clock);
    this.#stop = [
      ways.exchange.onCall(
        (from) => dials(from, self) && this.#offers.take(from),
        (call) => this.#start(call),
      ),
      ways.door.onSignal((from, data) => this.#onSignal(from, data)),
    ];
  }

  dial(peer: MemberId): 'dialing' | 'unreachable' {
    const call = hasWebRtc() ? this.ways.exchange.call(peer) : null;
    if (call === null) return 'unreachable';
    this.#start(call);
    return 'dialing';
  }

  knock(peer: MemberId): void {
    // It is dialling already.
    if (this.#opening(peer).length > 0 || !this.ways.door.connected) return;
    const step: IntroductionStep = {
      attempt: bytesToHex(randomBytes(8)),
      signal: { type: 'knock' },
    };
    this.ways.door.send(peer, JSON.stringify(step));
  }

  onKnock(knocked: (peer: MemberId) => void): void {
    this.#knocked = knocked;
  }

  onChannel(opened: (channel: Channel) => void): void {
    this.#opened = opened;
  }

  onFailed(failed: (peer: MemberId, why: string) => void): void {
    this.#failed = failed;
  }

  has(peer: MemberId): boolean {
    return [...this.#calls].some((call) => call.peer === peer && !call.isOpening);
  }

  connections(peer: MemberId): number {
    return this.#connections.get(peer) ?? 0;
  }

  close(): void {
    for (const stop of this.#stop) stop();
    for (const call of [...this.#calls]) this.#drop(call);
  }

  #onSignal(from: MemberId, data: string): void {
    const isKnock = parseIntroduction(data)?.signal.type === 'knock';
    if (isKnock && dials(this.self, from) && this.#offers.take(from)) this.#knocked(from);
  }

  #opening(peer: MemberId): PeerCall<MemberId>[] {
    return [...this.#calls].filter((call) => call.peer === peer && call.isOpening);
  }

  #start(call: PeerCall<MemberId>): void {
    const { peer } = call;
    for (const earlier of this.#opening(peer)) this.#drop(earlier);
    this.#calls.add(call);
    this.#connections.set(peer, this.connections(peer) + 1);
    const timer = this.clock.setTimeout(
      () => call.fail('it could not be reached in time'),
      meshLimits.connectTimeoutMs,
    );
    call.watch({
      opened: () => {
        this.clock.clear(timer);
        this.#opened(call);
      },
      failed: (why) => {
        this.clock.clear(timer);
        if (this.#calls.delete(call)) this.#failed(peer, why);
      },
      over: () => void this.#calls.delete(call),
    });
  }

  /** Ends a call without telling anybody. */
  #drop(call: PeerCall<MemberId>): void {
    this.#calls.delete(call);
    call.close();
  }
}
