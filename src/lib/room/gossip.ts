/**
 * What pages tell each other beside consensus: the charter, passed on by everybody; what members say of themselves;
 * where epochs ended; and the states that the next ones start from.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import { decodeJson, encodeJson } from '../host/wire.ts';
import type { MeshTransport, Section } from '../mesh/transport.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import { BaseStates } from './base-state.ts';
import { CharterKeeper } from './charter-keeper.ts';
import type { SignedCharter } from './charter.ts';
import type { DeviceReport } from './device.ts';
import { Members } from './members.ts';
import { roomMessageBytesMax, roomMessageSchema } from './messages.ts';
import type { ConductMessage, DeclaredFaults, HistoryMessage, RoomMessage } from './messages.ts';
import type { FromReplica } from '../tab/worker-messages.ts';
import type { Seat } from './seats.ts';
import { shareKeyProblem, type ShareKey } from './share-keys.ts';

/** Where this tab's replica executed the `stop`, and the state it left. */
type OwnEnd = Omit<Extract<FromReplica, { type: 'ended' }>, 'type'>;

/** That the `stop` of an epoch was executed, as a member says. */
export interface EndReport {
  readonly from: MemberId;
  readonly cluster: string;
  readonly index: number;
  /** Digest of the state it left. */
  readonly state: string;
}

/** Ends kept: a roster's worth of each of the last epochs. Members cannot fill a page's memory with more. */
const endsMax = 256;

/** Everybody is told of links once none has come or gone for so long, in ms, and at the latest after the second. */
const linksQuietMs = 500;
const linksWaitMs = 4_000;

export interface GossipOptions {
  readonly seat: Seat;
  readonly mesh: MeshTransport;
  readonly clock: Clock;
  readonly code: string;
  readonly facilitator: MemberId;
  readonly wantsSeat: boolean;
  /** The key that a member's link proved, `null` before its first. */
  readonly keyOf: (member: MemberId) => Uint8Array | null;
  readonly adopted: (signed: SignedCharter) => void;
  /** What `from` declares of its links. */
  readonly declared: (from: MemberId, cluster: string, faults: DeclaredFaults) => void;
  /** `from` asks for this tab's history, or gives its own. */
  readonly histories: (from: MemberId, said: HistoryMessage) => void;
  /** Returns what is wrong with it, `null` if nothing is. */
  readonly conduct: (from: MemberId, message: ConductMessage) => string | null;
  /** What a late comer must hear of the running epoch. */
  readonly known: () => readonly RoomMessage[];
  /** Members or ends are not what they were. */
  readonly changed: () => void;
}

export class Gossip {
  readonly members = new Members();
  readonly keeper: CharterKeeper;
  readonly bases: BaseStates;
  readonly #options: GossipOptions;
  #ends: readonly EndReport[] = [];
  #wantsSeat: boolean;
  #declaration: RoomMessage | null = null;
  /** Keys for shares that members show, not looked at yet. */
  readonly #shownKeys = new Map<MemberId, ShareKey>();
  /** Since when links have changed that nobody was told of, and when that will be done. */
  #untold: { readonly since: number; readonly timer: TimerHandle } | null = null;

  constructor(options: GossipOptions) {
    const { seat, wantsSeat } = options;
    this.#options = options;
    this.#wantsSeat = wantsSeat;
    this.keeper = new CharterKeeper(seat, options, (signed) => {
      this.tellAll({ type: 'charter', signed });
      options.adopted(signed);
    });
    this.bases = new BaseStates(seat, (state) => this.tellAll({ type: 'stateWanted', state }));
    const { name, shareKey } = seat;
    this.members.note(seat.id, { name, present: true, wantsSeat, shareKey });
  }

  /** Who has said that an epoch's `stop` was executed, this tab's replica too. */
  get ends(): readonly EndReport[] {
    return this.#ends;
  }

  get wantsSeat(): boolean {
    return this.#wantsSeat;
  }

  setWantsSeat(wantsSeat: boolean): void {
    this.#wantsSeat = wantsSeat;
    this.members.note(this.#options.seat.id, { wantsSeat });
    this.introduce();
  }

  /** Says to everybody what this tab says of itself. */
  introduce(): void {
    if (this.#untold) this.#options.clock.clear(this.#untold.timer);
    this.#untold = null;
    this.tellAll(this.#introduction());
  }

  /**
   * A link came up or went. While a room of n gathers that happens n times in each tab: told each time to everybody, it
   * would be n³ messages in all.
   */
  linksChanged(): void {
    const { clock, seat } = this.#options;
    this.members.note(seat.id, { linkedWith: this.linked() });
    const now = clock.now();
    const since = this.#untold?.since ?? now;
    if (this.#untold) clock.clear(this.#untold.timer);
    const wait = Math.min(linksQuietMs, Math.max(0, since + linksWaitMs - now));
    this.#untold = { since, timer: clock.setTimeout(() => this.introduce(), wait) };
  }

  #introduction(): RoomMessage {
    const { seat } = this.#options;
    const { name, shareKey } = seat;
    const linkedWith = this.linked();
    return { type: 'member', name, wantsSeat: this.#wantsSeat, linkedWith, shareKey };
  }

  /** Members whose links carry frames. */
  linked(): MemberId[] {
    const { mesh } = this.#options;
    const up = mesh.links().filter(({ state }) => state === 'up' || state === 'suspect');
    return up.map(({ peer }) => peer);
  }

  /** Tells a member with a fresh link what it may have missed, all in one. */
  greet(peer: MemberId): void {
    const { seat, known } = this.#options;
    const { newest } = this.keeper;
    const ends = this.#ends.filter(({ from }) => from === seat.id);
    const all: RoomMessage[] = [
      this.#introduction(),
      ...(newest ? [{ type: 'charter', signed: newest } as const] : []),
      ...(this.#declaration ? [this.#declaration] : []),
      ...known(),
      ...ends.map(
        ({ cluster, index, state }) => ({ type: 'ended', cluster, index, state }) as const,
      ),
    ];
    this.#options.mesh.send(peer, all.map(sectionOf));
  }

  /** Tells everybody the faults of this tab's links. */
  declare(cluster: string, faults: DeclaredFaults): void {
    this.#declaration = { type: 'faults', cluster, faults };
    this.tellAll(this.#declaration);
  }

  /** Tells everybody what this device can do, and what it measured. */
  tellDevice(device: DeviceReport): void {
    this.members.note(this.#options.seat.id, { device });
    this.tellAll(device);
    this.#options.changed();
  }

  /** This tab's replica executed the `stop`. */
  async end(cluster: string, { index, digest, snapshot }: OwnEnd): Promise<void> {
    await this.bases.keep(digest, snapshot);
    const end = { cluster, index, state: digest };
    this.#noteEnd({ ...end, from: this.#options.seat.id });
    this.tellAll({ type: 'ended', ...end });
  }

  /** Takes in a section of kind `room`. Resolves to what is wrong with it, `null` if nothing is. */
  async receive(from: MemberId, bytes: Uint8Array): Promise<string | null> {
    const decoded = decodeJson(roomMessageSchema, bytes, roomMessageBytesMax);
    return decoded.ok ? this.#take(from, decoded.value) : decoded.error;
  }

  async #take(from: MemberId, message: RoomMessage): Promise<string | null> {
    switch (message.type) {
      case 'charter':
        return this.keeper.offer(message.signed);
      case 'member': {
        const { name, wantsSeat, linkedWith, shareKey } = message;
        this.members.note(from, { name, wantsSeat, linkedWith, present: true });
        this.#options.changed();
        this.#shownKeys.set(from, shareKey);
        return null;
      }
      case 'device':
        this.members.note(from, { device: message });
        this.#options.changed();
        return null;
      case 'ended': {
        const { cluster, index, state } = message;
        this.#noteEnd({ from, cluster, index, state });
        return null;
      }
      case 'faults':
        this.#options.declared(from, message.cluster, message.faults);
        return null;
      case 'declared':
      case 'evidence':
      case 'certificateWanted':
      case 'certificate':
      case 'slotsWanted':
      case 'slots':
      case 'fork':
        return this.#options.conduct(from, message);
      case 'stateWanted': {
        const { state } = message;
        const snapshot = await this.bases.find(state);
        if (snapshot) this.say(from, { type: 'state', state, snapshot });
        return null;
      }
      case 'historyWanted':
      case 'history':
        this.#options.histories(from, message);
        return null;
      case 'state':
        return this.bases.offer(message.state, message.snapshot);
    }
  }

  /**
   * Notes the good ones of the keys that members have shown. For who writes a roster that needs them: a check takes a
   * pairing, and thirty members who each check thirty keys would wait for nothing else while a room gathers.
   */
  async checkShareKeys(): Promise<void> {
    for (const [from, shareKey] of [...this.#shownKeys]) {
      const key = this.#options.keyOf(from);
      if (!key) continue;
      this.#shownKeys.delete(from);
      const problem = await shareKeyProblem(bytesToHex(key), shareKey);
      if (problem === null) this.members.note(from, { shareKey });
    }
  }

  #noteEnd(end: EndReport): void {
    if (this.#ends.some((e) => e.from === end.from && e.cluster === end.cluster)) return;
    this.#ends = [...this.#ends.slice(1 - endsMax), end];
    this.#options.changed();
  }

  say(to: MemberId, message: RoomMessage): void {
    this.#options.mesh.send(to, [sectionOf(message)]);
  }

  tellAll(message: RoomMessage): void {
    const section = sectionOf(message);
    for (const peer of this.linked()) this.#options.mesh.send(peer, [section]);
  }
}

const sectionOf = (message: RoomMessage): Section => ({
  kind: 'room',
  bytes: encodeJson(message),
});
