/**
 * The way by a PeerServer, without a server of ours. Each tab holds a place of its room there, the lowest that is free,
 * and keeps it over reloads by its token. Place 0 is the door's: who comes to it first keeps the door for all
 * (door-keeper.ts); when that tab goes, the others find the place free, and the first of them has it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import type { MemberId } from '#protocols/core/ids.ts';
import {
  doorCloses,
  peerIdOf,
  slotMax,
  type DoorError,
  type IceServers,
} from '#signaling/messages.ts';
import { hasWebRtc } from '../mesh/connection.ts';
import type { Bytes } from '../mesh/framing.ts';
import { decodeText } from '../mesh/control.ts';
import type { PeerCall } from '../mesh/peerjs-call.ts';
import { absent, claimLine, type ClaimOutcome, type PeerLine } from '../mesh/peerjs-line.ts';
import { PeerJsSource, type Exchange } from '../mesh/peerjs.ts';
import type { Clock } from '../tab/clock.ts';
import { DoorKeeper, slotOf } from './door-keeper.ts';
import type { DoorLine, DoorLineEvents, OpenDoorLine } from './door-line.ts';
import { roomCodeOf } from './meeting.ts';
import type { Seat } from './seats.ts';
import type { SignalingClient } from './signaling-client.ts';
import type { Entry, SignalingEvent } from './signaling-events.ts';
import type { Way } from './way.ts';

export interface PeerWayOptions {
  readonly seat: Seat;
  readonly server: URL;
  readonly iceServers: IceServers;
  readonly clock: Clock;
}

const slotRecord = (code: string): string => `place/${code}`;
const slotSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(slotMax));

const doorGone = 'Whoever kept the door of this room has gone.';
const doorSilent = 'Nobody answers at the door of this room.';

export class PeerWay implements Way, Exchange {
  readonly #options: PeerWayOptions;
  readonly #token: string;
  /** Where the others are, as the door tells. */
  readonly #places = new Map<MemberId, number>();
  #code = '';
  #line: PeerLine | null = null;
  #claiming: Promise<ClaimOutcome> | null = null;
  #keeper: DoorKeeper | null = null;
  #current: Attempt | null = null;
  #takes: (from: MemberId) => boolean = () => false;
  #called: (call: PeerCall<MemberId>) => void = () => undefined;
  #closed = false;

  constructor(options: PeerWayOptions) {
    this.#options = options;
    const { secretKey } = options.seat.identity;
    this.#token = bytesToHex(
      sha256(concatBytes(utf8ToBytes('synod/place/1'), secretKey)).slice(16),
    );
  }

  readonly open: OpenDoorLine = (entry, events) => {
    const attempt = new Attempt(events);
    this.#current = attempt;
    void this.#reach(entry, attempt);
    return attempt;
  };

  isFacilitator(member: MemberId, code: string): boolean {
    return roomCodeOf(member) === code;
  }

  codeFor(office: MemberId): string {
    return roomCodeOf(office);
  }

  heed(event: SignalingEvent): void {
    if (event.type === 'departed') this.#places.delete(event.member as MemberId);
    const told =
      event.type === 'joined' ? event.members : event.type === 'arrived' ? [event.member] : [];
    for (const { id, slot } of told) if (slot) this.#places.set(id as MemberId, slot);
  }

  source(door: SignalingClient): PeerJsSource {
    const { seat, clock } = this.#options;
    return new PeerJsSource(seat.id, { exchange: this, door }, clock);
  }

  call(peer: MemberId): PeerCall<MemberId> | null {
    const slot = this.#places.get(peer);
    if (slot === undefined || !this.#line?.held) return null;
    return this.#line.call(peerIdOf(this.#code, slot), peer, { member: this.#options.seat.id });
  }

  onCall(
    takes: (from: MemberId) => boolean,
    called: (call: PeerCall<MemberId>) => void,
  ): () => void {
    [this.#takes, this.#called] = [takes, called];
    return () => (this.#takes = () => false);
  }

  close(): void {
    this.#closed = true;
    this.#keeper?.close('');
    this.#line?.close();
  }

  async #reach(entry: Entry, attempt: Attempt): Promise<void> {
    if (!hasWebRtc()) {
      await Promise.resolve();
      return attempt.refuse('no-webrtc');
    }
    this.#code = entry.type === 'create' ? roomCodeOf(this.#options.seat.id) : entry.code;
    const stands = await this.#stand();
    if (attempt.isOver) return;
    if (!stands.ok) return stands.taken ? attempt.refuse('room-full') : attempt.end(stands.why);
    if (entry.type !== 'join' && !this.#keeper?.isOpen) {
      const claimed = await this.#claim(0);
      if (claimed.ok) this.#keep(claimed.line);
      if (attempt.isOver) return;
      if (!claimed.ok && !claimed.taken) return attempt.end(claimed.why);
      if (!claimed.ok && entry.type === 'create') return attempt.refuse('code-taken');
    }
    const { line } = stands;
    if (this.#keeper?.isOpen) attempt.attach(this.#keeper.open(slotOf(line.id), attempt));
    else this.#dial(line, entry, attempt);
  }

  /** A place of this tab's own: the one it had, else the lowest that is free. `taken`: all are. */
  #stand(): Promise<ClaimOutcome> {
    this.#claiming ??= this.#findPlace().finally(() => (this.#claiming = null));
    return this.#claiming;
  }

  async #findPlace(): Promise<ClaimOutcome> {
    const { seat } = this.#options;
    const line = this.#line;
    if (line?.held && (await line.answers())) return { ok: true, line };
    line?.close();
    this.#keeper?.close('');
    const kept = await seat.get(slotRecord(this.#code));
    const before = v.safeParse(slotSchema, kept.ok ? kept.value : undefined);
    const all = Array.from({ length: slotMax }, (_, i) => i + 1);
    let outcome: ClaimOutcome | null = null;
    for (const slot of before.success ? [before.output, ...all] : all) {
      outcome = await this.#claim(slot);
      if (!outcome.ok && outcome.taken) continue;
      if (outcome.ok) await this.#settle(outcome.line, slot);
      break;
    }
    return outcome as ClaimOutcome;
  }

  async #settle(line: PeerLine, slot: number): Promise<void> {
    this.#line = line;
    line.onCall(
      (from, { member }) => this.#isAt(member, slotOf(from)) && this.#takes(member),
      (call) => this.#called(call),
    );
    // The door is reached anew from the next place, so that the others learn of it.
    line.onLost((why) => this.#current?.end(why));
    await this.#options.seat.put(slotRecord(this.#code), slot);
  }

  /** Whether `member` may call from there: nobody else is known to be at its place, nor it elsewhere. */
  #isAt(member: MemberId, slot: number): boolean {
    if (slot === 0) return false;
    const told = this.#places.get(member);
    return told === undefined ? ![...this.#places.values()].includes(slot) : told === slot;
  }

  async #claim(slot: number): Promise<ClaimOutcome> {
    const { server, iceServers, clock } = this.#options;
    const id = peerIdOf(this.#code, slot);
    const servers = iceServers as readonly RTCIceServer[];
    const outcome = await claimLine({ server, id, token: this.#token, iceServers: servers, clock });
    if (!this.#closed || !outcome.ok) return outcome;
    outcome.line.close();
    return { ok: false, taken: false, why: '' };
  }

  #keep(line: PeerLine): void {
    const { iceServers, clock } = this.#options;
    this.#keeper = new DoorKeeper({ line, code: this.#code, iceServers, clock });
  }

  #dial(line: PeerLine, entry: Entry, attempt: Attempt): void {
    const call = line.call(peerIdOf(this.#code, 0), null, { member: this.#options.seat.id });
    if (!call) return attempt.end('This browser refuses another connection: reload the page.');
    call.watch({
      opened: () => call.onMessage((bytes) => attempt.heard(decodeText(bytes))),
      failed: (why) => {
        if (why === absent && entry.type === 'join') attempt.refuse('no-such-room');
        else attempt.end(why === absent ? doorGone : doorSilent);
      },
      over: () => undefined,
    });
    call.onClose(() => attempt.end(doorGone));
    attempt.attach({
      send: (message) => call.send(bytesOf(message)),
      close: () => call.close(),
    });
  }
}

const bytesOf = (message: string | Bytes): Bytes =>
  typeof message === 'string' ? (utf8ToBytes(message) as Bytes) : message;

/** One try to reach the door, and then the line to it. */
class Attempt implements DoorLine, DoorLineEvents {
  #line: DoorLine | null = null;
  #over = false;

  constructor(private readonly events: DoorLineEvents) {}

  get isOver(): boolean {
    return this.#over;
  }

  attach(line: DoorLine): void {
    if (this.#over) line.close();
    else this.#line = line;
  }

  heard(message: unknown): void {
    if (!this.#over) this.events.heard(message);
  }

  /** As the door would refuse. */
  refuse(error: DoorError): void {
    this.heard(JSON.stringify({ type: 'error', error }));
  }

  ended(code: number, why: string): void {
    if (this.#over) return;
    this.close();
    this.events.ended(code, why);
  }

  end(why: string): void {
    this.ended(doorCloses.goingAway, why);
  }

  send(message: string | Bytes): void {
    this.#line?.send(message);
  }

  close(): void {
    this.#over = true;
    this.#line?.close();
    this.#line = null;
  }
}
