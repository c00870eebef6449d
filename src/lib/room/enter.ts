/** From a seat to a running session: the door, the links and the member behind them. */
import { isMemberId, type MemberId } from '#protocols/core/ids.ts';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ToTab } from '#signaling/messages.ts';
import { FaultyMesh } from '../mesh/faults.ts';
import { Mesh } from '../mesh/mesh.ts';
import { PlainClock, WorkerClock } from '../tab/clock.ts';
import type { TabState } from '../tab/lifecycle.ts';
import { PaceMeter } from '../tab/pace.ts';
import { deviceFacts } from './device.ts';
import { doorRecordOf, keepDoorRecord, type DoorRecord } from './door-record.ts';
import { Facilitator } from './facilitator.ts';
import { verifySignature } from './identity.ts';
import type { Meeting } from './meeting.ts';
import type { TabPace } from './messages.ts';
import type { Seat } from './seats.ts';
import { RoomSession } from './session.ts';
import { SignalingClient, type Entry, type SignalingState } from './signaling-client.ts';
import { officeOf, type GroupPlace } from './split.ts';
import { wayTo, type Way } from './way.ts';

/** On a network that comes and goes, links are made anew no more often than this, in ms: each is an RTCPeerConnection. */
const restartEveryMs = 5_000;
/** Why a link is not kept up. */
const elsewhere = 'it went to the room of its group';

export interface EnterOptions {
  readonly seat: Seat;
  /** `null`: opens a new room. */
  readonly code: string | null;
  readonly meeting: Meeting;
  readonly wantsSeat: boolean;
  /** The disk of an earlier seat was wiped: this is a stranger with an old name. */
  readonly cameBackWiped: boolean;
  readonly tab: () => TabState;
  /** The group whose room it is; `null` for a room of its own. */
  readonly group: GroupPlace | null;
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
  /** The group whose room it is; `null` for a room of its own. */
  readonly group: GroupPlace | null;
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
  /** Who stands at the door, oneself too. */
  readonly #present = new Set<MemberId>();
  /** With whom alone links are kept up; `null`: with everybody. */
  #only: MemberId | null = null;
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
    const { code } = this.#options;
    if (code === null) return this.#door.enter({ type: 'create' });
    const known = await this.#known(code);
    if (!known) return this.#door.enter({ type: 'join', code });
    const { facilitator, wantsSeat } = known;
    await this.#goInside(code, facilitator, wantsSeat);
    const locked = this.#visit?.session.charter?.locked ?? false;
    this.#door.enter({ type: 'resume', code, facilitator, locked } satisfies Entry);
  }

  /** What is known of the room before its door has answered: from an earlier stay, or from the draw. */
  async #known(code: string): Promise<Pick<DoorRecord, 'facilitator' | 'wantsSeat'> | null> {
    const { seat, group, wantsSeat } = this.#options;
    const drawn = group && { facilitator: officeOf(group.group).id, wantsSeat };
    return (await doorRecordOf(seat, code)) ?? drawn;
  }

  /** Keeps up no link but that to `only`; `null`: to everybody again. */
  narrow(only: MemberId | null): void {
    if (this.#only === only) return;
    this.#only = only;
    for (const { peer } of this.#mesh?.links() ?? []) {
      if (!this.#isMeant(peer)) this.#mesh?.drop(peer, elsewhere);
    }
    for (const id of this.#present) if (this.#isMeant(id)) this.#mesh?.announce(id);
  }

  #isMeant(id: MemberId): boolean {
    return this.#only === null || this.#only === id;
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
        this.#present.clear();
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
        this.#present.delete(event.member);
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
    this.#present.add(id);
    if (this.#isMeant(id)) this.#mesh?.announce(id);
  }

  async #goInside(code: string, facilitatorId: MemberId, wantsSeat: boolean): Promise<void> {
    const { seat } = this.#options;
    const { meeting } = this.#options;
    if (seat.room === '') await seat.settleIn(code);
    const peers = meeting.via === 'peers' ? { peers: meeting.place } : {};
    await keepDoorRecord(seat, code, { facilitator: facilitatorId, wantsSeat, ...peers });
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
      admits: ({ id }) => {
        if (removed().includes(id)) return 'the facilitator removed this member';
        return this.#isMeant(id) || elsewhere;
      },
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
      codeFor: (office) => this.#way.codeFor(office),
    });
    this.#visit = {
      code,
      session,
      facilitator,
      mayOrder: session.isFacilitator,
      group: this.#options.group,
      leave: (reason) => this.leave(reason),
    };
    await session.begin();
    this.#tell({ type: 'inside', visit: this.#visit });
  }
}
