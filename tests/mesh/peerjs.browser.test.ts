/** The links over data channels that PeerJS dials through a real PeerServer. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { randomBytes, bytesToHex } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import { claimLine, type PeerLine } from '#lib/mesh/peerjs-line.ts';
import { meshLimits } from '#lib/mesh/limits.ts';
import type { PeerCall } from '#lib/mesh/peerjs-call.ts';
import { PeerJsSource, type Exchange } from '#lib/mesh/peerjs.ts';
import { PlainClock } from '#lib/tab/clock.ts';
import { codeAlphabet, peerIdOf } from '#signaling/messages.ts';
import { meshContract } from './contract.ts';
import { newKeysInOrder, until, type Keys } from './members.ts';
import { PageDoor } from './page-door.ts';

const server = new URL(inject('peerServer'));
const clock = new PlainClock();

/** Every channel the page dials, so that a test can break them as a network would. */
const wires: RTCDataChannel[] = [];
const dialled = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (label, init) {
  const wire = dialled.call(this, label, init);
  wires.push(wire);
  return wire;
};
afterAll(() => {
  RTCPeerConnection.prototype.createDataChannel = dialled;
});

const newCode = (): string =>
  [...randomBytes(6)].map((byte) => codeAlphabet[byte % codeAlphabet.length]).join('');
const newToken = (): string => bytesToHex(randomBytes(8));

const lines: PeerLine[] = [];
afterAll(() => {
  for (const line of lines) line.close();
});

async function claim(id: string, token = newToken()): Promise<PeerLine> {
  const outcome = await claimLine({ server, id, token, iceServers: [], clock });
  if (!outcome.ok) throw new Error(outcome.why);
  lines.push(outcome.line);
  return outcome.line;
}

/** Places that nobody has taken, since the contract's members speak at once. */
const places: PeerLine[] = [];

/** Where the members of one test are; the last that came as a member is the one who is called. */
class Directory {
  readonly door = new PageDoor();
  readonly #places = new Map<MemberId, string>();

  source(self: MemberId): PeerJsSource {
    const line = places.pop();
    if (!line) throw new Error('claim more places before the test');
    this.#places.set(self, line.id);
    const exchange: Exchange = {
      call: (peer) => {
        const to = this.#places.get(peer);
        return to === undefined ? null : line.call(to, peer, { member: self });
      },
      onCall(takes, called) {
        line.onCall(
          (_from, { member }) => takes(member),
          (call) => called(call),
        );
        return () => undefined;
      },
    };
    return new PeerJsSource(self, { exchange, door: this.door.guest(self) }, clock);
  }
}

describe('over PeerJS', () => {
  beforeAll(async () => {
    const code = newCode();
    const ids = Array.from({ length: 36 }, (_, slot) => peerIdOf(code, slot));
    places.push(...(await Promise.all(ids.map((id) => claim(id)))));
  });

  meshContract('the links', () => {
    const directory = new Directory();
    return {
      source: ({ id }) => directory.source(id),
      sever: () => wires.forEach((wire) => wire.close()),
    };
  });
});

describe('an id at a PeerServer', () => {
  const self = newKeysInOrder(1)[0]?.id as MemberId;

  async function pairOfLines(): Promise<[PeerLine, PeerLine]> {
    const code = newCode();
    return [await claim(peerIdOf(code, 1), 'one'), await claim(peerIdOf(code, 2), 'other')];
  }

  /** One call from the first line to the second, open at both ends. */
  async function callBetween(one: PeerLine, other: PeerLine): Promise<PeerCall[]> {
    const open: PeerCall[] = [];
    const note = (call: PeerCall): void =>
      call.watch({ opened: () => open.push(call), failed: () => undefined, over: () => undefined });
    other.onCall(() => true, note);
    const call = one.call(other.id, null, { member: self });
    if (call) note(call);
    await until('both ends are open', () => open.length === 2);
    return open;
  }

  test('stays with its token: a reloaded page takes it over, at once, and nobody else does', async () => {
    const id = peerIdOf(newCode(), 1);
    const before = await claim(id, 'mine');
    const stranger = await claimLine({ server, id, token: 'theirs', iceServers: [], clock });
    expect(stranger).toMatchObject({ ok: false, taken: true });
    // The server has not noticed that the page of before is gone, and sends no OPEN.
    const start = performance.now();
    const after = await claim(id, 'mine');
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(after.held).toBe(true);
    const caller = await claim(peerIdOf(newCode(), 1));
    await callBetween(caller, after);
    before.close();
    expect(after.held).toBe(true);
  });

  test('a line that the server brings nothing back to is known to be dead', async () => {
    const line = await claim(peerIdOf(newCode(), 1), 'mine');
    expect(await line.answers()).toBe(true);
    // From here on it speaks with another socket.
    const socket = rawSocket(line.id, 'mine');
    await until('it is open', () => socket.readyState === WebSocket.OPEN);
    expect(await line.answers()).toBe(false);
    socket.close();
  });

  test('a server that is not there is said in words', async () => {
    const nowhere = new URL('http://localhost:9/peerjs/');
    const id = peerIdOf(newCode(), 1);
    const outcome = await claimLine({ server: nowhere, id, token: 't', iceServers: [], clock });
    expect(outcome).toEqual({ ok: false, taken: false, why: 'The PeerServer does not answer.' });
  });

  test('a server that takes no more says so itself', async () => {
    const nowhere = new URL('not-a-peer-server/', server);
    const id = peerIdOf(newCode(), 1);
    const outcome = await claimLine({ server: nowhere, id, token: 't', iceServers: [], clock });
    expect(outcome).toMatchObject({ ok: false, taken: false });
  });

  test('a call to an id that nobody holds fails as soon as the server says so', async () => {
    const line = await claim(peerIdOf(newCode(), 1));
    let why = '';
    const call = line.call(peerIdOf(newCode(), 2), null, { member: self });
    call?.watch({
      opened: () => undefined,
      failed: (reason) => (why = reason),
      over: () => undefined,
    });
    await until('it has failed', () => why !== '');
    expect(why).toBe('it is not at the PeerServer');
  });

  test('the two ends of a call have one binding, and no two calls have the same', async () => {
    const [one, other] = await pairOfLines();
    const first = await callBetween(one, other);
    const second = await callBetween(one, other);
    const [a, b, c, d] = [...first, ...second].map(({ binding }) => binding);
    expect(a).toMatch(/^sha-256 [0-9a-f:]{95} sha-256 [0-9a-f:]{95}$/);
    expect(b).toBe(a);
    expect(d).toBe(c);
    expect(c).not.toBe(a);
  });

  test('a channel stands without the server, and whatever the server says of its other end', async () => {
    const [one, other] = await pairOfLines();
    const [near, far] = (await callBetween(one, other)) as [PeerCall, PeerCall];
    const socket = rawSocket(one.id, 'one');
    await until('it is open', () => socket.readyState === WebSocket.OPEN);
    socket.send(JSON.stringify({ type: 'LEAVE', dst: other.id }));
    // What it says next comes after it.
    socket.send(JSON.stringify({ type: 'OFFER', dst: other.id, payload: {} }));
    await until('it has come', () => other.badMessages === 1);
    socket.close();
    one.close();
    other.close();
    const heard: Uint8Array[] = [];
    far.onMessage((bytes) => heard.push(bytes));
    near.send(new Uint8Array([7]));
    await until('it is heard', () => heard.length === 1);
    expect(one.held || other.held).toBe(false);
  });

  test('whoever holds an id is spared what is no offer, or one that is not to be taken', async () => {
    const line = await claim(peerIdOf(newCode(), 1));
    const made = wires.length;
    let asked = 0;
    line.onCall(
      () => ++asked > 100,
      () => expect.unreachable('no call is made of these'),
    );
    const socket = rawSocket(peerIdOf(newCode(), 9));
    await until('it is open', () => socket.readyState === WebSocket.OPEN);
    const offer = {
      sdp: { type: 'offer', sdp: 'v=0' },
      type: 'data',
      connectionId: 'dc_1',
      metadata: { member: self },
      label: 'synod',
      serialization: 'raw',
      reliable: true,
    };
    const say = (payload: object, type = 'OFFER'): void =>
      socket.send(JSON.stringify({ type, payload, dst: line.id }));
    for (let i = 0; i < 20; i++) say({ ...offer, connectionId: `dc_${i}` });
    say({ ...offer, serialization: 'binary' });
    say({ ...offer, type: 'media' });
    say({ connectionId: 'dc_never', type: 'data', candidate: { candidate: '' } }, 'CANDIDATE');
    say({ ...offer, metadata: {} });
    await until('all have come', () => line.badMessages === 23);
    expect(asked).toBe(20);
    expect(wires.length).toBe(made);
    socket.close();
  });
});

function rawSocket(id: string, token = 't'): WebSocket {
  const url = new URL(`peerjs?key=peerjs&id=${id}&token=${token}`, server);
  url.protocol = 'ws:';
  return new WebSocket(url);
}

test('a member that floods another with offers and knocks makes no flood of connections', () => {
  const [lower, higher] = newKeysInOrder(2) as [Keys, Keys];
  let takes: (from: MemberId) => boolean = () => false;
  const exchange: Exchange = {
    call: () => null,
    onCall(asked) {
      takes = asked;
      return () => undefined;
    },
  };
  for (const [self, from] of [
    [lower.id, higher.id],
    [higher.id, lower.id],
  ] as const) {
    const door = new PageDoor().guest(self);
    const source = new PeerJsSource(self, { exchange, door }, clock);
    let taken = 0;
    source.onKnock(() => taken++);
    for (let i = 0; i < 200; i++) {
      if (takes(from)) taken++;
      const attempt = i.toString(16).padStart(16, '0');
      door.receive(from, JSON.stringify({ attempt, signal: { type: 'knock' } }));
      door.receive(from, '{}');
    }
    expect(taken).toBe(meshLimits.offersBurst);
    source.close();
  }
});
