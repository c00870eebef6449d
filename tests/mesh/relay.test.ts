/** The links through a real signaling server, as a room has them that no network connects. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket as Socket } from 'ws';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import { RelaySource } from '#lib/mesh/relay.ts';
import type { Relay } from '#lib/mesh/signaling.ts';
import { newSealKeys, Seal } from '#lib/mesh/relay-seal.ts';
import { overWebSocket } from '#lib/room/door-line.ts';
import { SignalingClient } from '#lib/room/signaling-client.ts';
import { PlainClock } from '#lib/tab/clock.ts';
import { openDoor, type LiveDoor } from '../signaling/live.ts';
import { meshLimits } from '#lib/mesh/limits.ts';
import { meshContract } from './contract.ts';
import { ManualClock } from './manual-clock.ts';
import { newKeysInOrder, pattern, section, TestMember, until, type Keys } from './members.ts';

let door: LiveDoor;
let clients: SignalingClient[] = [];
let sockets: Socket[] = [];
beforeAll(async () => {
  door = await openDoor();
});
afterEach(() => {
  for (const client of clients) client.leave();
  clients = [];
  sockets = [];
});
afterAll(() => door.close());

const letters = 'ABCDEFGHJKMNPQRSTVWX';
let rooms = 0;

/** A room that nobody was in before. */
function newRoom(): (keys: Keys) => SignalingClient {
  const code = `ABCD${letters[rooms % 20]}${letters[Math.floor(rooms++ / 20)]}`;
  let facilitator: MemberId | null = null;
  return (keys) => {
    facilitator ??= keys.id;
    const member = {
      id: keys.id,
      publicKey: bytesToHex(keys.publicKey),
      name: keys.id.slice(0, 9),
    };
    const client = new SignalingClient({
      member,
      signer: keys,
      clock: new PlainClock(),
      random: () => 0,
      open: overWebSocket(() => {
        const socket = new Socket(door.url);
        sockets.push(socket);
        return socket as unknown as WebSocket;
      }),
    });
    client.enter({ type: 'resume', code, facilitator, locked: false });
    clients.push(client);
    return client;
  };
}

/** The contract speaks at once: what is said before the door has let its member in waits. */
function patient(client: SignalingClient): Relay {
  const early: (() => void)[] = [];
  client.on(({ type }) => {
    if (type === 'joined') for (const say of early.splice(0)) say();
  });
  return {
    connected: true,
    relay(to, bytes) {
      if (client.connected) client.relay(to, bytes);
      else early.push(() => client.relay(to, bytes));
    },
    onRelayed: (receive) => client.onRelayed(receive),
    onUndelivered: (failed) => client.onUndelivered(failed),
    onLost: (lost) => client.onLost(lost),
  };
}

meshContract('the links through the server', () => {
  const enter = newRoom();
  return {
    source: (keys) => new RelaySource(keys.id, patient(enter(keys)), new PlainClock()),
    sever: () => sockets.forEach((socket) => socket.terminate()),
  };
});

describe('through the server', () => {
  async function pair(): Promise<[TestMember, TestMember]> {
    const enter = newRoom();
    const [a, b] = newKeysInOrder(2).map(
      (keys) => new TestMember(keys, new RelaySource(keys.id, enter(keys), new PlainClock())),
    ) as [TestMember, TestMember];
    await until('both are in', () => clients.every(({ connected }) => connected));
    a.mesh.announce(b.id);
    b.mesh.announce(a.id);
    await until('they are linked', () => a.link(b)?.state === 'up' && b.link(a)?.state === 'up');
    return [a, b];
  }

  test('the path is said, and the server counts what it passed on', async () => {
    const before = door.signaling.stats().relayedBytes;
    const [a, b] = await pair();
    expect(a.link(b)?.path).toBe('relayed');
    a.mesh.send(b.id, [section('consensus', pattern(100_000, 1))]);
    await until('it arrived', () => b.received.length === 1);
    expect(door.signaling.stats().relayedBytes - before).toBeGreaterThan(100_000);
  });

  test('who reads slowly holds back the one who sends to it, and nobody else', async () => {
    const enter = newRoom();
    const [a, b, c] = newKeysInOrder(3).map(
      (keys) => new TestMember(keys, new RelaySource(keys.id, enter(keys), new PlainClock())),
    ) as [TestMember, TestMember, TestMember];
    await until('all are in', () => clients.every(({ connected }) => connected));
    for (const other of [b, c]) {
      a.mesh.announce(other.id);
      other.mesh.announce(a.id);
    }
    await until('they are linked', () => [b, c].every((m) => a.link(m)?.state === 'up'));
    sockets[1]?.pause();
    const before = door.signaling.stats().relayedBytes;
    for (let i = 0; i < 40; i++) a.mesh.send(b.id, [section('consensus', pattern(16_000, i))]);
    a.mesh.send(c.id, [section('consensus', pattern(10, 0))]);
    await until('the other is not held back', () => c.received.length === 1);
    // A window is under way, and the rest waits here.
    const underWay = door.signaling.stats().relayedBytes - before;
    expect(underWay).toBeLessThan(2 * meshLimits.relayWindowBytes);
    expect(a.link(b)?.bufferedBytes).toBeGreaterThan(40 * 16_000);
    expect(b.received).toHaveLength(0);
    sockets[1]?.resume();
    await until('all has arrived', () => b.received.length === 40);
  });

  test('a frame that the server changes, repeats or leaves out ends the channel', () => {
    const [one, other] = [newSealKeys(), newSealKeys()];
    const ends = () => [Seal.between(one, other.publicKey), Seal.between(other, one.publicKey)];
    for (const tamper of [
      ([first]: Uint8Array[]) => [first, first],
      ([, second]: Uint8Array[]) => [second],
      ([first]: Uint8Array[]) => [first?.map((byte, i) => (i === 3 ? byte ^ 1 : byte))],
    ]) {
      const [sender, receiver] = ends() as [Seal, Seal];
      expect(sender.binding).toBe(receiver.binding);
      const frames = [1, 2].map((n) => sender.seal(new Uint8Array([n])));
      const opened = tamper(frames).map((frame) => receiver.open(frame as Uint8Array));
      expect(opened).toContain(null);
    }
    const [sender, receiver] = ends() as [Seal, Seal];
    expect(receiver.open(sender.seal(new Uint8Array([7])))).toEqual(new Uint8Array([7]));
  });

  test('who opens channels without end is answered a few times, and makes nobody compute keys for it', () => {
    const [low, high] = newKeysInOrder(2) as [Keys, Keys];
    const answers: Uint8Array[] = [];
    let receive: (from: MemberId, bytes: Uint8Array) => void = () => undefined;
    const server: Relay = {
      connected: true,
      relay: (_to, bytes) => void answers.push(bytes),
      onRelayed: (listener) => {
        receive = listener;
        return () => undefined;
      },
      onUndelivered: () => () => undefined,
      onLost: () => () => undefined,
    };
    const source = new RelaySource(high.id, server, new ManualClock());
    for (let i = 0; i < 100; i++) {
      const open = new Uint8Array([1, ...pattern(8, i), ...newSealKeys().publicKey]);
      receive(low.id, open);
    }
    const accepted = answers.filter((bytes) => bytes[0] === 2);
    expect(accepted).toHaveLength(meshLimits.offersBurst);
    expect(source.badFrames).toBe(100 - meshLimits.offersBurst);
    source.close();
  });

  test('a key that anybody can agree with is none', () => {
    expect(Seal.between(newSealKeys(), new Uint8Array(32))).toBeNull();
  });
});
