/** The way into a room without a server of ours, by a real PeerServer: who keeps the door, and what it says. */
import { afterEach, describe, expect, inject, test } from 'vitest';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import { claimLine, type PeerLine } from '#lib/mesh/peerjs-line.ts';
import { roomCodeOf } from '#lib/room/meeting.ts';
import { PeerWay } from '#lib/room/peer-way.ts';
import { createSeat, forget, type Seat } from '#lib/room/seats.ts';
import { SignalingClient, type SignalingEvent } from '#lib/room/signaling-client.ts';
import { PlainClock } from '#lib/tab/clock.ts';
import { doorErrors, peerIdOf, slotMax, type DoorError } from '#signaling/messages.ts';
import { until } from '../mesh/members.ts';

const server = new URL(inject('peerServer'));
const clock = new PlainClock();

class Tab {
  readonly events: SignalingEvent[] = [];
  readonly client: SignalingClient;

  constructor(
    readonly seat: Seat,
    readonly way: PeerWay,
  ) {
    const { id, name, signer } = seat;
    const member = { id, name, publicKey: bytesToHex(signer.publicKey) };
    this.client = new SignalingClient({ open: way.open, member, signer, clock, random: () => 0 });
    this.client.on((event) => {
      way.heed(event);
      this.events.push(event);
    });
  }

  get joined(): Extract<SignalingEvent, { type: 'joined' }> | undefined {
    return this.events.findLast((event) => event.type === 'joined');
  }

  /** The page goes: nothing more is said. */
  vanish(): void {
    this.way.close();
    this.client.leave();
  }

  async inside(): Promise<void> {
    await until(`${this.seat.name} is inside`, () => this.client.connected);
  }

  async refused(): Promise<DoorError> {
    await until(`${this.seat.name} is refused`, () => this.client.state.state === 'refused');
    const { state } = this.client;
    return state.state === 'refused' ? state.error : 'bad-message';
  }
}

let tabs: Tab[] = [];
let lines: PeerLine[] = [];
afterEach(async () => {
  for (const tab of tabs) {
    tab.vanish();
    tab.seat.close();
    await forget(tab.seat.id);
  }
  for (const line of lines) line.close();
  [tabs, lines] = [[], []];
});

async function newTab(name: string, at: URL = server): Promise<Tab> {
  const created = await createSeat({ room: '', name, role: 'member' });
  if (!created.ok) throw new Error(created.error);
  const { seat } = created;
  const tab = new Tab(seat, new PeerWay({ seat, server: at, iceServers: [], clock }));
  tabs.push(tab);
  return tab;
}

async function claim(id: string): Promise<void> {
  const outcome = await claimLine({ server, id, token: 'theirs', iceServers: [], clock });
  if (!outcome.ok) throw new Error(outcome.why);
  lines.push(outcome.line);
}

/** A room of Ana's, with Ben in it. */
async function openRoom(): Promise<{ ana: Tab; ben: Tab; code: string }> {
  const [ana, ben] = [await newTab('Ana'), await newTab('Ben')];
  ana.client.enter({ type: 'create' });
  await ana.inside();
  const code = ana.joined?.code ?? '';
  ben.client.enter({ type: 'join', code });
  await ben.inside();
  return { ana, ben, code };
}

describe('by a PeerServer', () => {
  test('who opens a room keeps its door, and says who is where', async () => {
    const { ana, ben, code } = await openRoom();
    expect(code).toBe(roomCodeOf(ana.seat.id));
    expect(ben.joined).toMatchObject({ facilitator: ana.seat.id, locked: false });
    expect(ben.joined?.members.map(({ name, slot }) => [name, slot])).toEqual([
      ['Ana', 1],
      ['Ben', 2],
    ]);
    const arrived = ana.events.find((event) => event.type === 'arrived');
    expect(arrived).toMatchObject({ member: { id: ben.seat.id, slot: 2 } });
  });

  test('the door goes by the rules of the server’s: names, locks and removals', async () => {
    const { ana, ben, code } = await openRoom();
    const [other, late] = [await newTab('ben'), await newTab('Zoe')];
    other.client.enter({ type: 'join', code });
    expect(await other.refused()).toBe('name-taken');
    ben.client.lock();
    await until('it is refused', () => ben.events.some(({ type }) => type === 'failed'));
    ana.client.lock();
    await until('it is locked', () => ben.events.some(({ type }) => type === 'locked'));
    late.client.enter({ type: 'join', code });
    expect(await late.refused()).toBe('room-locked');
    ana.client.remove(ben.seat.id);
    expect(await ben.refused()).toBe('removed');
  });

  test('a knock is passed on to whom it is for', async () => {
    const { ana, ben } = await openRoom();
    const heard: [MemberId, string][] = [];
    ben.client.onSignal((from, data) => heard.push([from, data]));
    ana.client.send(ben.seat.id, 'knock');
    await until('it is heard', () => heard.length === 1);
    expect(heard).toEqual([[ana.seat.id, 'knock']]);
    let missed: MemberId | null = null;
    ben.client.onUndelivered((to) => (missed = to));
    ben.client.send('0'.repeat(32) as MemberId, 'knock');
    await until('it is missed', () => missed !== null);
  });

  test('when the tab that keeps the door goes, another one keeps it, and everybody is back', async () => {
    const { ana, ben, code } = await openRoom();
    const cleo = await newTab('Cleo');
    cleo.client.enter({ type: 'join', code });
    await cleo.inside();
    ana.vanish();
    await until('both have noticed', () => !ben.client.connected && !cleo.client.connected);
    await Promise.all([ben.inside(), cleo.inside()]);
    const dan = await newTab('Dan');
    dan.client.enter({ type: 'join', code });
    await dan.inside();
    expect(dan.joined).toMatchObject({ facilitator: ana.seat.id });
    expect(dan.joined?.members.map(({ name }) => name).sort()).toEqual(['Ben', 'Cleo', 'Dan']);
    // The lowest place that is free.
    expect(dan.joined?.members.find(({ name }) => name === 'Dan')).toMatchObject({ slot: 1 });
  });

  test('a seat has its place again after a reload', async () => {
    const { ana, ben, code } = await openRoom();
    const cleo = await newTab('Cleo');
    cleo.client.enter({ type: 'join', code });
    await cleo.inside();
    ben.vanish();
    const { seat } = cleo;
    const way = new PeerWay({ seat, server, iceServers: [], clock });
    cleo.vanish();
    const again = new Tab(seat, way);
    tabs.push(again);
    again.client.enter({ type: 'resume', code, facilitator: ana.seat.id, locked: false });
    await again.inside();
    expect(again.joined?.members.find(({ id }) => id === seat.id)).toMatchObject({ slot: 3 });
  });

  test('a room that nobody is in is no room', async () => {
    const tab = await newTab('Ana');
    tab.client.enter({ type: 'join', code: roomCodeOf(tab.seat.id) });
    expect(await tab.refused()).toBe('no-such-room');
  });

  test('a code whose door somebody else holds opens no room', async () => {
    const tab = await newTab('Ana');
    await claim(peerIdOf(roomCodeOf(tab.seat.id), 0));
    tab.client.enter({ type: 'create' });
    expect(await tab.refused()).toBe('code-taken');
  });

  test('a room whose places are all held is full', async () => {
    const tab = await newTab('Ana');
    const code = roomCodeOf(tab.seat.id);
    const slots = Array.from({ length: slotMax }, (_, i) => i + 1);
    await Promise.all(slots.map((slot) => claim(peerIdOf(code, slot))));
    tab.client.enter({ type: 'join', code });
    expect(await tab.refused()).toBe('room-full');
  });

  test('a PeerServer that is not there is said in words, and tried again', async () => {
    const tab = await newTab('Ana', new URL('http://localhost:9/'));
    tab.client.enter({ type: 'create' });
    await until('it is said', () => tab.client.state.state === 'reconnecting');
    expect(tab.client.state).toMatchObject({ why: 'The PeerServer does not answer.' });
  });

  test('a browser without WebRTC is told that nothing relays for it', async () => {
    const had = globalThis.RTCPeerConnection;
    Object.assign(globalThis, { RTCPeerConnection: undefined });
    try {
      const tab = await newTab('Ana');
      tab.client.enter({ type: 'create' });
      const error = await tab.refused();
      expect(doorErrors[error]).toContain('nothing can relay');
    } finally {
      Object.assign(globalThis, { RTCPeerConnection: had });
    }
  });

  test('whoever keeps the door cannot name itself the facilitator of another’s room', async () => {
    const { ana, ben, code } = await openRoom();
    expect(ben.way.isFacilitator(ana.seat.id, code)).toBe(true);
    expect(ben.way.isFacilitator(ben.seat.id, code)).toBe(false);
  });
});
