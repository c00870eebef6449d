/**
 * The tab's side of the door: one line to it that enters a room, proves this member's key, and comes back for as long
 * as the room runs. A running room does without it; only newcomers need it.
 */
import type { Signer } from '../mesh/hello.ts';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import {
  doorCloses,
  doorErrors,
  doorLimits,
  proofText,
  relayHeaderBytes,
  type DoorError,
  type DoorMember,
  type ToServer,
  type ToTab,
} from '#signaling/messages.ts';

import type { Bytes } from '../mesh/framing.ts';
import type { Relay, Signaling } from '../mesh/signaling.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import type { DoorLine, OpenDoorLine } from './door-line.ts';
import {
  parseToTab,
  plainServer,
  type Entry,
  type SignalingEvent,
  type SignalingState,
} from './signaling-events.ts';

export type { Entry, SignalingEvent, SignalingState };

export interface SignalingOptions {
  readonly open: OpenDoorLine;
  readonly member: DoorMember;
  readonly signer: Signer;
  readonly clock: Clock;
  /** In [0, 1): spreads the return of a whole room to a restarted server. */
  readonly random?: () => number;
}

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** From the line's opening, or from the proof, to the answer. */
const answerMs = 10_000;
/** An offer and its candidates from each of a few peers; a flood of them must not fill this page. */
const earlySignalsMax = 512;
/** What passes by itself; everything else would be refused again. */
const passing: readonly DoorError[] = ['too-fast', 'server-full'];

type Order = Exclude<ToServer, { type: Entry['type'] }>;

export class SignalingClient implements Signaling, Relay {
  #entry: Entry | null = null;
  #state: SignalingState = { state: 'closed' };
  #line: DoorLine | null = null;
  #inside = false;
  #failures = 0;
  #timer: TimerHandle | null = null;
  #iceServers: readonly RTCIceServer[] = [];
  #listeners = new Set<(event: SignalingEvent) => void>();
  #signals = new Set<(from: MemberId, data: string) => void>();
  /** Came before anybody listened: a peer may dial before this tab has opened its disk and made its links. */
  #early: [from: MemberId, data: string][] = [];
  #undelivered = new Set<(to: MemberId) => void>();
  #relayed = new Set<(from: MemberId, bytes: Uint8Array) => void>();
  #lost = new Set<() => void>();
  /** Messages dropped because they were malformed, oversized or out of turn. */
  badMessages = 0;

  constructor(private readonly options: SignalingOptions) {}

  get state(): SignalingState {
    return this.#state;
  }

  get connected(): boolean {
    return this.#inside;
  }

  get iceServers(): readonly RTCIceServer[] {
    return this.#iceServers;
  }

  /** Opens, joins or comes back to a room; the answer is a `joined` event or a state that says why not. */
  enter(entry: Entry): void {
    this.#hangUp();
    this.#entry = entry;
    this.#failures = 0;
    this.#become({ state: 'connecting' });
    this.#connect();
  }

  /** On another network the connection may be dead and not know: it is made anew at once, if it was ever inside. */
  reopen(): void {
    if (this.#entry?.type === 'resume' && this.#state.state !== 'refused') this.enter(this.#entry);
  }

  /** Facilitator only, like {@link unlock} and {@link remove}; refused orders come back as `failed`. */
  lock(): void {
    this.#order({ type: 'lock', locked: true });
  }

  unlock(): void {
    this.#order({ type: 'lock', locked: false });
  }

  remove(member: MemberId): void {
    this.#order({ type: 'remove', member });
  }

  leave(): void {
    this.#order({ type: 'leave' });
    this.#hangUp();
    this.#entry = null;
    this.#become({ state: 'closed' });
  }

  send(to: MemberId, data: string): void {
    if (data.length <= doorLimits.signalCharactersMax) this.#order({ type: 'signal', to, data });
  }

  relay(to: MemberId, bytes: Bytes): void {
    if (this.#inside) this.#line?.send(concatBytes(hexToBytes(to), bytes));
  }

  /** Returns how to stop listening. */
  on(listener: (event: SignalingEvent) => void): () => void {
    return listen(this.#listeners, listener);
  }

  onSignal(receive: (from: MemberId, data: string) => void): () => void {
    const early = this.#early;
    this.#early = [];
    for (const [from, data] of early) receive(from, data);
    return listen(this.#signals, receive);
  }

  onUndelivered(failed: (to: MemberId) => void): () => void {
    return listen(this.#undelivered, failed);
  }

  onRelayed(receive: (from: MemberId, bytes: Uint8Array) => void): () => void {
    return listen(this.#relayed, receive);
  }

  onLost(lost: () => void): () => void {
    return listen(this.#lost, lost);
  }

  #connect(): void {
    const entry = this.#entry;
    if (entry === null) return;
    const line = this.options.open(entry, {
      heard: (message) => {
        if (this.#line === line) this.#receive(line, message);
      },
      ended: (code, why) => {
        if (this.#line !== line) return;
        if (code === doorCloses.replaced) this.#refuse('replaced');
        else this.#retry(why);
      },
    });
    this.#line = line;
    this.#expectAnswer();
  }

  #receive(line: DoorLine, data: unknown): void {
    if (data instanceof ArrayBuffer) return this.#onRelayed(new Uint8Array(data));
    const message = parseToTab(data);
    if (message === null) return void this.badMessages++;
    if (message.type === 'welcome') {
      this.#iceServers = message.iceServers.map(plainServer);
      void this.#prove(line, message.nonce);
    } else if (message.type === 'joined') this.#onJoined(message);
    else if (message.type === 'error') this.#onError(message.error, message.about);
    // The door speaks of a room only to who is in it.
    else if (!this.#inside) this.badMessages++;
    else this.#onNews(message);
  }

  async #prove(line: DoorLine, nonce: string): Promise<void> {
    const entry = this.#entry;
    if (entry === null) return;
    const { member, signer } = this.options;
    const code = entry.type === 'create' ? '' : entry.code;
    const signature = await signer.sign(utf8ToBytes(proofText(nonce, code, member.id)));
    if (line !== this.#line || entry !== this.#entry) return;
    const message: ToServer = { ...entry, member, proof: bytesToHex(signature) };
    line.send(JSON.stringify(message));
    this.#expectAnswer();
  }

  #onJoined(message: Extract<ToTab, { type: 'joined' }>): void {
    this.#cancelTimer();
    this.#failures = 0;
    this.#inside = true;
    // From now on it comes back as somebody who was inside, to a server that may have forgotten the room.
    const { code, locked } = message;
    this.#entry = { type: 'resume', code, facilitator: message.facilitator as MemberId, locked };
    this.#become({ state: 'connected' });
    this.#emit(message);
  }

  #onNews(message: Exclude<ToTab, { type: 'welcome' | 'joined' | 'error' }>): void {
    if (message.type === 'signal') {
      return this.#onSignal(message.from as MemberId, message.data);
    }
    if (message.type === 'locked' && this.#entry?.type === 'resume') {
      this.#entry = { ...this.#entry, locked: message.locked };
    }
    this.#emit(message);
  }

  #onSignal(from: MemberId, data: string): void {
    if (this.#signals.size === 0 && this.#early.length < earlySignalsMax) {
      this.#early.push([from, data]);
    }
    for (const receive of this.#signals) receive(from, data);
  }

  #onRelayed(frame: Uint8Array): void {
    if (!this.#inside || frame.byteLength <= relayHeaderBytes) return void this.badMessages++;
    const from = bytesToHex(frame.subarray(0, relayHeaderBytes)) as MemberId;
    for (const receive of this.#relayed) receive(from, frame.subarray(relayHeaderBytes));
  }

  #onError(error: DoorError, about: string | undefined): void {
    const why = doorErrors[error];
    if (error === 'removed') {
      this.#refuse(error);
      return this.#emit({ type: 'removed' });
    }
    if (error === 'replaced') return this.#refuse(error);
    if (this.#inside && error === 'not-there' && about !== undefined) {
      for (const failed of this.#undelivered) failed(about as MemberId);
      return;
    }
    if (this.#inside) return this.#emit({ type: 'failed', error, why });
    if (passing.includes(error)) this.#retry(why);
    else this.#refuse(error);
  }

  #refuse(error: DoorError): void {
    this.#hangUp();
    this.#become({ state: 'refused', error, why: doorErrors[error] });
  }

  #retry(why: string): void {
    this.#hangUp();
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    this.#become({ state: 'reconnecting', why });
    const spread = 0.5 + (this.options.random ?? Math.random)();
    this.#timer = this.options.clock.setTimeout(() => this.#connect(), pause * spread);
  }

  #expectAnswer(): void {
    this.#cancelTimer();
    this.#timer = this.options.clock.setTimeout(() => this.#retry(''), answerMs);
  }

  #hangUp(): void {
    this.#cancelTimer();
    const line = this.#line;
    const wasInside = this.#inside;
    this.#line = null;
    this.#inside = false;
    this.#early = [];
    line?.close();
    if (wasInside) for (const lost of this.#lost) lost();
  }

  #order(order: Order): void {
    if (this.#inside) this.#line?.send(JSON.stringify(order));
  }

  #cancelTimer(): void {
    if (this.#timer !== null) this.options.clock.clear(this.#timer);
    this.#timer = null;
  }

  #become(state: SignalingState): void {
    this.#state = state;
    this.#emit({ type: 'state', state });
  }

  #emit(event: SignalingEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
