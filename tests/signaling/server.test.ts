/** The door on a real socket. */
import { memberIdOf } from '#protocols/core/keys.ts';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { guestLimits } from '#signaling/guests.ts';
import { firstLettersOf } from '#signaling/draw-code.ts';
import { codeAlphabet, doorCloses, doorLimits, parseCode } from '#signaling/messages.ts';

import { rates } from '#signaling/rate.ts';
import { identity } from './identity.ts';
import { codeIn, openDoor, Tab, type LiveDoor } from './live.ts';

const [ana, ben, cy] = [identity('Ana'), identity('Ben'), identity('Cy')];

let door: LiveDoor;
let tabs: Tab[] = [];

beforeEach(async () => {
  door = await openDoor();
});

afterEach(async () => {
  for (const { socket } of tabs) socket.terminate();
  tabs = [];
  await door.close();
});

async function knock(autoPong = true): Promise<Tab> {
  const tab = await Tab.connect(door.url, { autoPong });
  tabs.push(tab);
  return tab;
}

const error = (name: string) => ({ type: 'error', error: name });

async function openRoom(who = ana) {
  const tab = await knock();
  return { tab, code: codeIn(await tab.create(who)) };
}

describe('introductions', () => {
  test('three tabs meet and pass signals to one another', async () => {
    const { tab, code } = await openRoom();
    expect(parseCode(code)).toBe(code);
    const second = await knock();
    expect(await second.join(code, ben)).toMatchObject({ members: [ana.member, ben.member] });
    expect(await tab.next()).toEqual({ type: 'arrived', member: ben.member });
    second.send({ type: 'signal', to: ana.member.id, data: 'offer' });
    expect(await tab.next()).toEqual({ type: 'signal', from: ben.member.id, data: 'offer' });
    second.socket.terminate();
    expect(await tab.next()).toEqual({ type: 'departed', member: ben.member.id });
  });

  test('rooms opened at one of several servers have codes of its letters, by which a proxy finds it', async () => {
    const other = await openDoor({ firstLetters: firstLettersOf('k7') ?? '' });
    for (let i = 0; i < 20; i += 1) {
      const tab = await Tab.connect(`${other.url}?room=K`);
      expect(codeIn(await tab.create(identity(`p${i}`)))).toMatch(/^[K7]/);
    }
    await other.close();
    expect([firstLettersOf(''), firstLettersOf('0')]).toEqual([codeAlphabet, null]);
  });

  test('the welcome carries the ICE servers and a nonce of its own for each connection', async () => {
    const iceServers = [{ urls: 'stun:192.0.2.1:3478' }];
    const other = await openDoor({ iceServersFor: () => iceServers });
    const [one, two] = [await Tab.connect(other.url), await Tab.connect(other.url)];
    expect(one.welcome).toMatchObject({ type: 'welcome', iceServers });
    expect(one.nonce).not.toBe(two.nonce);
    await other.close();
  });
});

describe('refusals', () => {
  test('no such room', async () => {
    expect(await (await knock()).join('222222', ana)).toEqual(error('no-such-room'));
  });

  test('name taken', async () => {
    const { code } = await openRoom();
    expect(await (await knock()).join(code, identity('ANA'))).toEqual(error('name-taken'));
  });

  test('locked room, only the facilitator may lock, and who was in comes back', async () => {
    const { tab, code } = await openRoom();
    const second = await knock();
    await second.join(code, ben);
    await tab.next();
    second.send({ type: 'lock', locked: true });
    expect(await second.next()).toEqual(error('not-allowed'));
    tab.send({ type: 'lock', locked: true });
    expect(await second.next()).toEqual({ type: 'locked', locked: true });
    expect(await (await knock()).join(code, cy)).toEqual(error('room-locked'));
    second.socket.terminate();
    expect(codeIn(await (await knock()).join(code, ben))).toBe(code);
  });

  test('a guest shown out is told, hung up on, and stays out', async () => {
    const { tab, code } = await openRoom();
    const guest = await knock();
    await guest.join(code, ben);
    tab.send({ type: 'remove', member: ben.member.id });
    expect(await guest.next()).toEqual(error('removed'));
    expect(await guest.ended()).toBe(doorCloses.removed);
    expect(await (await knock()).join(code, ben)).toEqual(error('removed'));
  });

  test('a relayed frame passes from its sender to who it is for, and into no other room', async () => {
    const [{ tab: one, code }, { tab: stranger }] = [await openRoom(), await openRoom(cy)];
    const other = await knock();
    await other.join(code, ben);
    await one.next();
    const frame = (to: string) => Buffer.concat([Buffer.from(to, 'hex'), Buffer.from('hello')]);
    const came = new Promise<Buffer>((resolve) => {
      other.socket.once('message', (data) => resolve(data as Buffer));
    });
    one.socket.send(frame(ben.member.id));
    expect(await came).toEqual(frame(ana.member.id));
    stranger.socket.send(frame(ben.member.id));
    expect(await stranger.next()).toEqual({ ...error('not-there'), about: ben.member.id });
    expect(door.signaling.stats().relayedBytes).toBe(21);
  });

  test('a signal for somebody who is not there', async () => {
    const { tab } = await openRoom();
    tab.send({ type: 'signal', to: ben.member.id, data: 'x' });
    expect(await tab.next()).toEqual({ ...error('not-there'), about: ben.member.id });
  });

  test('a full server', async () => {
    const small = await openDoor({ roomsMax: 1 });
    const [one, two] = [await Tab.connect(small.url), await Tab.connect(small.url)];
    await one.create(ana);
    expect(await two.create(ben)).toEqual(error('server-full'));
    await small.close();
  });
});

describe('proofs', () => {
  test('a signature for another connection, code or member proves nothing', async () => {
    const { code } = await openRoom();
    const tab = await knock();
    const { member, prove } = ben;
    const wrong = [
      prove('00'.repeat(16), code),
      prove(tab.nonce, ''),
      cy.prove(tab.nonce, code),
      '00'.repeat(64),
    ];
    for (const proof of wrong) {
      tab.send({ type: 'join', code, member, proof });
      expect(await tab.next()).toEqual(error('bad-proof'));
    }
    expect(codeIn(await tab.join(code, ben))).toBe(code);
  });

  test('an id that does not belong to the key is refused', async () => {
    const tab = await knock();
    const thief = { ...ben, member: { ...ben.member, id: ana.member.id } };
    expect(await tab.create(thief)).toEqual(error('bad-proof'));
  });

  test('keys of small order and keys that are no points are refused', async () => {
    const zero = bytesToHex(ed25519.Point.ZERO.toBytes());
    const tab = await knock();
    for (const publicKey of [zero, '00'.repeat(32), 'ff'.repeat(32), '02' + '00'.repeat(31)]) {
      const member = { id: memberIdOf(hexToBytes(publicKey)), publicKey, name: 'Eve' };
      // With the neutral element as key, R = neutral and s = 0 satisfies the equation for every text.
      tab.send({ type: 'create', member, proof: zero + '00'.repeat(32) });
      expect(await tab.next()).toEqual(error('bad-proof'));
    }
  });
});

describe('lives and deaths of sockets', () => {
  test('the same member on a new connection replaces the old one', async () => {
    const { tab, code } = await openRoom();
    const again = await knock();
    expect(await again.join(code, ana)).toMatchObject({ type: 'joined', members: [ana.member] });
    expect(await tab.ended()).toBe(doorCloses.replaced);
    again.send({ type: 'lock', locked: true });
    expect(await again.next()).toEqual({ type: 'locked', locked: true });
  });

  test('a phone asleep keeps its connection; one silent for longer loses it, and it alone', async () => {
    await door.close();
    let now = 0;
    door = await openDoor({ pingEveryMs: 20, silenceMs: 150_000, now: () => now });
    const { tab, code } = await openRoom();
    const phone = await knock(false);
    await phone.join(code, ben);
    await tab.next();
    const pinged = new Promise((resolve) => phone.socket.once('ping', resolve));
    await pinged;
    now = 120_000;
    // Two rounds later the other tab has answered at the new time.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(phone.closeCode).toBeNull();
    now = 160_000;
    expect(await tab.next()).toEqual({ type: 'departed', member: ben.member.id });
    expect(await phone.ended()).toBe(1006);
    expect(tab.closeCode).toBeNull();
  });

  test('a server that dies and comes back: the first resume makes the room anew', async () => {
    const { code } = await openRoom();
    const { port } = door;
    await door.close();
    door = await openDoor({ port });
    const room = { code, facilitator: ana.member.id };
    const guest = await knock();
    expect(await guest.resume(room, ben)).toEqual({
      type: 'joined',
      ...room,
      locked: false,
      members: [ben.member],
    });
    const facilitator = await knock();
    await facilitator.resume(room, ana);
    facilitator.send({ type: 'lock', locked: true });
    expect(await facilitator.next()).toEqual({ type: 'locked', locked: true });
    expect(await (await knock()).join(code, cy)).toEqual(error('room-locked'));
  });

  test('a graceful close says good-bye', async () => {
    const { tab } = await openRoom();
    await door.close();
    expect(await tab.ended()).toBe(doorCloses.goingAway);
  });

  test('a socket cut in the middle of a frame hurts nobody else', async () => {
    const { tab } = await openRoom();
    const raw = connect(door.port, 'localhost');
    raw.write(
      'GET /signal HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await new Promise((resolve) => raw.once('data', resolve));
    raw.write(Buffer.from([0x81, 0xfe, 0xff]));
    raw.resetAndDestroy();
    tab.send({ type: 'lock', locked: true });
    expect(await tab.next()).toMatchObject({ type: 'locked' });
  });

  test('an upgrade for another path is ended', async () => {
    const socket = new WebSocket(`ws://localhost:${door.port}/elsewhere`);
    await expect(
      new Promise((resolve, reject) => {
        socket.on('open', resolve);
        socket.on('error', reject);
      }),
    ).rejects.toThrow();
  });
});

describe('rates', () => {
  test('64 tabs enter one room at once from one address; the next is told that it is full', async () => {
    const { code } = await openRoom();
    const people = Array.from({ length: doorLimits.membersPerRoomMax }, (_, i) =>
      identity(`p${i}`),
    );
    const answers = await Promise.all(
      people.map(async (person) => (await knock()).join(code, person)),
    );
    // Whoever comes last: handshakes overtake each other.
    expect(answers.filter(({ type }) => type === 'joined')).toHaveLength(63);
    expect(answers.filter(({ type }) => type !== 'joined')).toEqual([error('room-full')]);
  });

  test('sockets opened in a loop are turned away', async () => {
    const burst = rates.connectionsPerAddress.burst;
    for (let i = 0; i < burst; i += 1) (await knock()).socket.terminate();
    // Some tokens came back meanwhile; a loop outruns them.
    let last: Tab;
    do last = await knock();
    while (last.nonce !== '');
    expect(await last.ended()).toBe(doorCloses.crowded);
  });

  test('one that guesses codes is slowed down and can go on later', async () => {
    const tab = await knock();
    const guesses = rates.entriesPerSocket.burst;
    for (let i = 0; i < guesses; i += 1) await tab.join('222222', ana);
    expect(await tab.join('222222', ana)).toEqual(error('too-fast'));
  });

  test('a flood is dropped, told so now and then, and in the end hung up on', async () => {
    const { tab } = await openRoom();
    const flood = rates.messagesPerSocket.burst + guestLimits.droppedMax;
    for (let i = 0; i < flood + 1_000; i += 1) tab.send({ type: 'lock', locked: true });
    expect(await tab.ended()).toBe(doorCloses.misbehaved);
    const { tab: other } = await openRoom();
    expect(other.closeCode).toBeNull();
  });
});
