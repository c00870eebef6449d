/**
 * RTCDataChannels to the other members, introduced by the signaling server. The member with the lower id dials; offers
 * from the other one are ignored, so two members never dial each other at once.
 */
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import { dials, type Channel, type ChannelSource } from './channel.ts';
import { hasWebRtc } from './connection.ts';
import { meshLimits } from './limits.ts';
import { Offers } from './offers.ts';
import { Attempt, type AttemptEvents } from './simple-peer-channel.ts';
import { parseIntroduction, type IntroductionStep, type Signaling } from './signaling.ts';

export class SimplePeerSource implements ChannelSource {
  readonly kind = 'simple-peer';
  /** By {@link Attempt.id}; candidates may still come after the channel is open. */
  #attempts = new Map<string, Attempt>();
  #connections = new Map<MemberId, number>();
  readonly #offers: Offers;
  #opened: (channel: Channel) => void = () => undefined;
  #failed: (peer: MemberId, why: string) => void = () => undefined;
  #knocked: (peer: MemberId) => void = () => undefined;
  /** When a signal of this peer, or of anybody, last belonged to an introduction. */
  #steps = new Map<MemberId, number>();
  #lastStep = -Infinity;
  #stop: readonly (() => void)[];
  /** Signals that were no step of an introduction, or not to be taken from their sender. */
  badSignals = 0;

  constructor(
    readonly self: MemberId,
    private readonly signaling: Signaling,
    private readonly clock: Clock,
  ) {
    this.#offers = new Offers(clock);
    this.#stop = [
      signaling.onSignal((from, data) => this.#onSignal(from, data)),
      signaling.onUndelivered((to) => this.#giveUp(to, 'it is not connected to the server')),
    ];
  }

  dial(peer: MemberId): 'dialing' | 'unreachable' {
    if (!this.signaling.connected || !hasWebRtc()) return 'unreachable';
    this.#start(peer, newAttemptId(), 'dialling');
    return 'dialing';
  }

  knock(peer: MemberId): void {
    const attempts = [...this.#attempts.values()];
    // It is dialling already.
    if (attempts.some((attempt) => attempt.peer === peer && attempt.isOpening)) return;
    if (this.signaling.connected) this.#tell(peer, newAttemptId(), { type: 'knock' });
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

  steppedAt(peer: MemberId): number {
    return this.#steps.get(peer) ?? this.#lastStep;
  }

  has(peer: MemberId): boolean {
    const attempts = [...this.#attempts.values()];
    return attempts.some((attempt) => attempt.peer === peer && !attempt.isOpening);
  }

  connections(peer: MemberId): number {
    return this.#connections.get(peer) ?? 0;
  }

  close(): void {
    for (const stop of this.#stop) stop();
    const attempts = [...this.#attempts.values()];
    this.#attempts.clear();
    for (const attempt of attempts) attempt.close();
  }

  #onSignal(from: MemberId, data: string): void {
    const step = parseIntroduction(data);
    if (step === null) return void this.badSignals++;
    const attempt = this.#attempts.get(step.attempt);
    if (attempt !== undefined) {
      if (attempt.peer !== from) return void this.badSignals++;
      this.#noteStep(from);
      attempt.signal(step.signal);
    } else if (step.signal.type === 'offer') this.#onOffer(from, step);
    else if (step.signal.type === 'knock') this.#onKnock(from);
    // Else it belongs to an attempt that was given up meanwhile.
  }

  #onOffer(from: MemberId, { attempt, signal }: IntroductionStep): void {
    const mayDial = dials(from, this.self) && hasWebRtc();
    if (!mayDial || !this.#offers.take(from)) return void this.badSignals++;
    this.#start(from, attempt, 'answering').signal(signal);
    this.#noteStep(from);
  }

  #noteStep(from: MemberId): void {
    this.#lastStep = this.clock.now();
    this.#steps.set(from, this.#lastStep);
  }

  #onKnock(from: MemberId): void {
    if (!dials(this.self, from) || !this.#offers.take(from)) return void this.badSignals++;
    this.#knocked(from);
  }

  #tell(to: MemberId, attempt: string, signal: IntroductionStep['signal']): void {
    this.signaling.send(to, JSON.stringify({ attempt, signal }));
  }

  #start(peer: MemberId, id: string, role: 'dialling' | 'answering'): Attempt {
    for (const attempt of this.#attempts.values()) {
      if (attempt.peer === peer && attempt.isOpening) this.#drop(attempt);
    }
    // What this peer did for an earlier attempt says nothing about this one.
    this.#steps.delete(peer);
    const startedAt = this.clock.now();
    let timer: TimerHandle;
    const expire = (): void => {
      const attempt = this.#attempts.get(id);
      if (attempt?.isOpening !== true) return;
      const steppedAt = Math.max(startedAt, this.steppedAt(peer));
      const wait = steppedAt + meshLimits.connectTimeoutMs - this.clock.now();
      if (wait > 0 && steppedAt - startedAt < meshLimits.connectMsMax) {
        timer = this.clock.setTimeout(expire, wait);
        return;
      }
      this.#drop(attempt);
      this.#failed(peer, 'it could not be reached in time');
    };
    timer = this.clock.setTimeout(expire, meshLimits.connectTimeoutMs);
    const events: AttemptEvents = {
      made: () => this.#connections.set(peer, this.connections(peer) + 1),
      signal: (signal) => this.#tell(peer, id, signal),
      opened: (channel) => {
        this.clock.clear(timer);
        this.#opened(channel);
      },
      failed: (why) => {
        this.clock.clear(timer);
        if (this.#attempts.delete(id)) this.#failed(peer, why);
      },
      over: () => void this.#attempts.delete(id),
    };
    const attempt = new Attempt({ peer, id, role, iceServers: this.signaling.iceServers }, events);
    this.#attempts.set(id, attempt);
    return attempt;
  }

  #giveUp(peer: MemberId, why: string): void {
    for (const attempt of this.#attempts.values()) {
      if (attempt.peer !== peer || !attempt.isOpening) continue;
      this.#drop(attempt);
      this.#failed(peer, why);
    }
  }

  /** Ends an attempt without telling anybody. */
  #drop(attempt: Attempt): void {
    this.#attempts.delete(attempt.id);
    attempt.close();
  }
}

const newAttemptId = (): string => bytesToHex(randomBytes(8));
