/** From a seat to a running session: the door, the links and the member behind them. */
import * as v from 'valibot';
import { replicaIdSchema } from '#protocols/core/client.ts';
import { isMemberId, type MemberId } from '#protocols/core/ids.ts';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ToTab } from '#signaling/messages.ts';
import { FaultyMesh } from '../mesh/faults.ts';
import { Mesh } from '../mesh/mesh.ts';
import { PlainClock, WorkerClock } from '../tab/clock.ts';
import type { TabState } from '../tab/lifecycle.ts';
import { PaceMeter } from '../tab/pace.ts';
import { deviceFacts } from './device.ts';
import { Facilitator } from './facilitator.ts';
import { verifySignature } from './identity.ts';
import { peerPlaceSchema, type Meeting, type PeerPlace } from './meeting.ts';
import type { TabPace } from './messages.ts';
import type { Seat } from './seats.ts';
import { RoomSession } from './session.ts';
import { SignalingClient, type Entry, type SignalingState } from './signaling-client.ts';
import { wayTo, type Way } from './way.ts';

/** On a network that comes and goes, links are made anew no more often than this, in ms: each is an RTCPeerConnection. */
const restartEveryMs = 5_000;
const doorRecord = 'door';
const doorRecordSchema = v.strictObject({
  facilitator: replicaIdSchema,
  wantsSeat: v.boolean(),
  /** Absent: the page's own server. */
  peers: v.exactOptional(peerPlaceSchema),
});

/** Where a seat's room was entered, when not by the page's own server. */
export async function peersOf(seat: Seat): Promise<PeerPlace | null> {
  return (await recordOf(seat))?.peers ?? null;
}

async function recordOf(seat: Seat): Promise<v.InferOutput<typeof doorRecordSchema> | null> {
  const kept = await seat.get(doorRecord);
  const record = v.safeParse(doorRecordSchema, kept.ok ? kept.value : undefined);
  return record.success ? record.output : null;
}

export interface EnterOptions {
  readonly seat: Seat;
  /** `null`: opens a new room. */
  readonly code: string | null;
  readonly meeting: Meeting;
  readonly wantsSeat: boolean;
  /** The disk of an earlier seat was wiped: this is a stranger with an old name. */
  readonly cameBackWiped: boolean;
  readonly tab: () => TabState;
}

export type EnterNews =
  /** The session runs. Comes once; the door's state may still change after it. */
  | { readonly type: 'inside'; readonly visit: Visit }
  | { readonly type: 'door'; readonly state: SignalingState }
  | { readonly type: 'removed' }
  /** An order to the door was not carried out: a sentence. */
  | { readonly type: 'failed'; readonly why: string }
  /** The tab stood still for this long, and goes on. */
  | { readonly type: 'slept'; readonly ms: number };

/** A member's stay in a room. */
export interface Visit {
  readonly code: string;
  readonly session: RoomSession;
  readonly facilitator: Facilitator;
  /** Whether this tab may use it: the facilitator's own, and everybody in a room of one page. */
  readonly mayOrder: boolean;
  leave(reason: string): void;
}

/** One attempt to be in a room, which lasts as long as the tab does. */
export class Entrance {
  readonly #options: EnterOptions;
  readonly #tell: (news: EnterNews) => void;
  readonly #clock = new WorkerClock();
  readonly #door: SignalingClient;
  readonly #way: Way;
  readonly #meter: PaceMeter;
  #mesh: Mesh | null = null;
  #visit: Visit | null = null;
  #slept = { sleeps: 0, sleptMs: 0 };
  #restart: { at: number; state: 'due' | 'waits for the door' | 'done' } = {
    at: -Infinity,
    state: 'done',
  };

  constructor(options: EnterOptions, tell: (news: EnterNews) => void) {
    this.#options = options;
    this.#tell = tell;
    const { seat, meeting } = options;
    const { id, name, signer } = seat;
    const clock = this.#clock;
    this.#way = wayTo(meeting, { seat, clock });
    const { open } = this.#way;
    const member = { id, name, publicKey: bytesToHex(signer.publicKey) };
    this.#meter = new PaceMeter({ worker: this.#clock, page: new PlainClock() }, (ms) => {
      this.#slept = { sleeps: this.#slept.sleeps + 1, sleptMs: ms };
      tell({ type: 'slept', ms });
    });
    this.#door = new SignalingClient({ open, member, signer, clock });
    this.#door.on((event) => {
      this.#way.heed(event);
      switch (event.type) {
        case 'state':
          return this.#tell({ type: 'door', state: event.state });
        case 'removed':
        case 'failed':
          return this.#tell(event);
        default:
          void this.#onDoor(event);
      }
    });
  }

  /** Goes in. A seat that was in the room before comes back to it, even to a server that knows nothing of it. */
  async go(): Promise<void> {
    const { code, seat } = this.#options;
    if (code === null) return this.#door.enter({ type: 'create' });
    const record = await recordOf(seat);
    if (!record) return this.#door.enter({ type: 'join', code });
    const { facilitator, wantsSeat } = record;
    await this.#goInside(code, facilitator, wantsSeat);
    const locked = this.#visit?.session.charter?.locked ?? false;
    this.#door.enter({ type: 'resume', code, facilitator, locked } satisfies Entry);
  }

  /** Tells everybody how this tab runs. */
  report(): void {
    this.#visit?.session.report();
  }

  /** What does not answer at once is made anew: links, and the line to the door. */
  probe(): void {
    if (!this.#door.connected) this.#door.reopen();
    this.#mesh?.restart('unless it lives');
  }

  /** The network is another one: everything is made anew, the line to the door first, since it introduces. */
  restart(): void {
    if (this.#restart.state === 'due') return;
    const wait = Math.max(0, this.#restart.at + restartEveryMs - this.#clock.now());
    this.#restart.state = 'due';
    this.#clock.setTimeout(() => {
      this.#restart = { at: this.#clock.now(), state: 'waits for the door' };
      this.#door.reopen();
    }, wait);
  }

  /** The page is going: everybody is told at once, and the door sees its line close. */
  vanish(): void {
    this.#visit?.session.leave('its tab was closed or reloaded');
    this.#way.close();
  }

  /** Leaves the room, or gives up entering it. */
  leave(reason: string): void {
    this.#visit?.session.leave(reason);
    this.#mesh?.leave(reason);
    this.#door.leave();
    this.#way.close();
    this.#meter.close();
    this.#clock.close();
    this.#options.seat.close();
  }

  #pace(): TabPace {
    const { presence } = this.#options.tab();
    return { ...this.#meter.pace, presence, ...this.#slept };
  }

  async #onDoor(
    event: Extract<ToTab, { type: 'joined' | 'arrived' | 'departed' | 'locked' }>,
  ): Promise<void> {
    switch (event.type) {
      case 'joined': {
        const { code, facilitator, members } = event;
        if (!isMemberId(facilitator)) return;
        if (!this.#way.isFacilitator(facilitator, code)) return this.#distrust();
        if (!this.#visit) await this.#goInside(code, facilitator, this.#options.wantsSeat);
        for (const member of members) this.#arrive(member.id, member.name);
        if (this.#restart.state !== 'waits for the door') return;
        this.#restart.state = 'done';
        this.#mesh?.restart('at once');
        return;
      }
      case 'arrived':
        return this.#arrive(event.member.id, event.member.name);
      case 'departed':
        if (!isMemberId(event.member)) return;
        this.#mesh?.withdraw(event.member);
        return this.#visit?.session.noteMember(event.member, { present: false });
      case 'locked':
        return;
    }
  }

  /** Whoever keeps the door gives the room a facilitator that is not its own. */
  #distrust(): void {
    this.#door.leave();
    const why =
      'Whoever keeps the door of this room names a facilitator to whom its code does not belong.';
    this.#tell({ type: 'door', state: { state: 'refused', error: 'not-allowed', why } });
  }

  #arrive(id: string, name: string): void {
    if (!isMemberId(id)) return;
    this.#visit?.session.noteMember(id, { name, present: true });
    this.#mesh?.announce(id);
  }

  async #goInside(code: string, facilitatorId: MemberId, wantsSeat: boolean): Promise<void> {
    const { seat } = this.#options;
    if (seat.room !== code) await seat.settleIn(code);
    const { meeting } = this.#options;
    const peers = meeting.via === 'peers' ? { peers: meeting.place } : {};
    await seat.put(doorRecord, { facilitator: facilitatorId, wantsSeat, ...peers });
    if (this.#visit) return;
    const clock = this.#clock;
    const removed = (): readonly string[] => this.#visit?.session.charter?.removed ?? [];
    const mesh = new Mesh({
      source: this.#way.source(this.#door),
      room: code,
      signer: seat.signer,
      verify: verifySignature,
      incarnation: seat.pageIncarnation,
      name: seat.name,
      admits: ({ id }) => (removed().includes(id) ? 'the facilitator removed this member' : true),
      clock,
    });
    this.#mesh = mesh;
    const session = new RoomSession({
      seat,
      mesh: new FaultyMesh(mesh, { clock }),
      clock,
      code,
      facilitator: facilitatorId,
      wantsSeat,
      cameBackWiped: this.#options.cameBackWiped,
      pace: () => this.#pace(),
      facts: () => deviceFacts(this.#door.iceServers),
      keyOf: (member) => mesh.member(member)?.publicKey ?? null,
    });
    session.listen((news) => {
      if (news.type !== 'charter') return;
      for (const id of news.charter.removed) mesh.drop(id, 'the facilitator removed you');
    });
    const facilitator = new Facilitator(session, {
      lock: (locked) => (locked ? this.#door.lock() : this.#door.unlock()),
      remove: (member) => this.#door.remove(member),
    });
    this.#visit = {
      code,
      session,
      facilitator,
      mayOrder: session.isFacilitator,
      leave: (reason) => this.leave(reason),
    };
    await session.begin();
    this.#tell({ type: 'inside', visit: this.#visit });
  }
}
