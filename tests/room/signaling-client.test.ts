import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocketServer, WebSocket as Socket } from 'ws';
import type { MemberId } from '#protocols/core/ids.ts';
import { doorErrors, proofText, type DoorMember, type ToTab } from '#signaling/messages.ts';
import { overWebSocket } from '../../src/lib/room/door-line.ts';
import {
  SignalingClient,
  type SignalingEvent,
  type SignalingOptions,
} from '../../src/lib/room/signaling-client.ts';
import { PlainClock } from '../../src/lib/tab/clock.ts';
import { ManualClock } from '../mesh/manual-clock.ts';
import { newKeys, until } from '../mesh/members.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const keys = newKeys();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const member: DoorMember = { id: keys.id, publicKey: hex(keys.publicKey), name: 'Ana' };
const other = newKeys().id;

/** A door in the test's hand: it welcomes, writes down what it is told, and says what the test wants. */
class Door {
  readonly sockets: Socket[] = [];
  readonly heard: Record<string, unknown>[] = [];
  #server: WebSocketServer | null = null;
  #port = 0;

  async open(): Promise<void> {
    this.#server = new WebSocketServer({ port: this.#port, host: '127.0.0.1' });
    this.#server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('message', (data) => this.heard.push(JSON.parse(String(data)) as never));
      this.say({ type: 'welcome', nonce, iceServers: [{ urls: 'stun:127.0.0.1:3478' }] });
    });
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(null));
    this.#server = null;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/`;
  }

  say(message: ToTab): void {
    this.sayText(JSON.stringify(message));
  }

  sayText(text: string): void {
    this.sockets.at(-1)?.send(text);
  }

  letIn(locked: 'locked' | 'open' = 'open'): void {
    const joined = { code: 'ABCDEF', facilitator: keys.id, locked: locked === 'locked' };
    this.say({ type: 'joined', ...joined, members: [member] });
  }
}

let door: Door;
let client: SignalingClient;
let events: SignalingEvent[];

const open = overWebSocket(() => new Socket(door.url) as unknown as WebSocket);

function newClient(overrides: Partial<SignalingOptions> = {}): void {
  const clock = new PlainClock();
  client = new SignalingClient({
    member,
    signer: keys,
    open,
    clock,
    random: () => 0,
    ...overrides,
  });
  events = [];
  client.on((event) => events.push(event));
}

async function comeIn(): Promise<void> {
  client.enter({ type: 'create' });
  await until('it has asked', () => door.heard.length === 1);
  door.letIn();
  await until('it is in', () => client.state.state === 'connected');
}

beforeEach(async () => {
  door = new Door();
  await door.open();
  newClient();
});
afterEach(async () => {
  client.leave();
  await door.close();
});

describe('coming in', () => {
  test.each([
    [{ type: 'create' } as const, ''],
    [{ type: 'join', code: 'ABCDEF' } as const, 'ABCDEF'],
    [{ type: 'resume', code: 'ABCDEF', facilitator: other, locked: true } as const, 'ABCDEF'],
  ])('it proves its key for the room it means: %o', async (entry, code) => {
    client.enter(entry);
    await until('it has asked', () => door.heard.length === 1);
    const { proof, ...said } = door.heard[0] as { proof: string };
    expect(said).toEqual({ ...entry, member });
    const message = utf8ToBytes(proofText(nonce, code, keys.id));
    expect(ed25519.verify(hexToBytes(proof), message, keys.publicKey)).toBe(true);
  });

  test('it is inside when the door says so, and knows whom to ask for addresses', async () => {
    await comeIn();
    expect(client.connected).toBe(true);
    expect(client.iceServers).toEqual([{ urls: 'stun:127.0.0.1:3478' }]);
    expect(events.map(({ type }) => type)).toEqual(['state', 'state', 'joined']);
  });

  test('a refusal is final, and says in a sentence what to do', async () => {
    client.enter({ type: 'join', code: 'ABCDEF' });
    await until('it has asked', () => door.heard.length === 1);
    door.say({ type: 'error', error: 'no-such-room' });
    await until('it knows', () => client.state.state === 'refused');
    expect(client.state).toMatchObject({ error: 'no-such-room', why: doorErrors['no-such-room'] });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(door.sockets).toHaveLength(1);
  });

  test('a server that is too busy is asked again, with growing pauses', async () => {
    client.enter({ type: 'join', code: 'ABCDEF' });
    await until('it has asked', () => door.heard.length === 1);
    door.say({ type: 'error', error: 'too-fast' });
    await until('it knows', () => client.state.state === 'reconnecting');
    expect(client.state).toMatchObject({ why: doorErrors['too-fast'] });
    await until('it asks again', () => door.heard.length === 2);
    door.letIn();
    await until('it is in', () => client.connected);
  });

  test('a server that never answers is asked again', async () => {
    const clock = new ManualClock();
    newClient({ clock });
    client.enter({ type: 'create' });
    await until('it has asked', () => door.heard.length === 1);
    clock.advance(10_000);
    expect(client.state.state).toBe('reconnecting');
    clock.advance(1_000);
    await until('it asks again', () => door.heard.length === 2);
  });
});

describe('coming back', () => {
  test('a server that dies and returns is told all it needs to make the room anew', async () => {
    await comeIn();
    door.say({ type: 'locked', locked: true });
    await until('it knows', () => events.at(-1)?.type === 'locked');
    await door.close();
    await until('it has noticed', () => client.state.state === 'reconnecting');
    expect(client.connected).toBe(false);
    client.send(other, 'lost');
    await new Promise((resolve) => setTimeout(resolve, 600));
    await door.open();
    await until('it comes back', () => door.heard.length === 2);
    expect(door.heard[1]).toMatchObject({
      type: 'resume',
      code: 'ABCDEF',
      facilitator: keys.id,
      locked: true,
      member,
    });
    door.letIn('locked');
    await until('it is in', () => client.connected);
  });

  test('on another network it comes in anew at once, as who was inside', async () => {
    await comeIn();
    client.reopen();
    await until('it has asked again', () => door.heard.length === 2);
    expect(door.sockets).toHaveLength(2);
    expect(door.heard[1]).toMatchObject({ type: 'resume', code: 'ABCDEF', facilitator: keys.id });
  });

  test('who was never inside opens no second room by it', async () => {
    client.enter({ type: 'create' });
    await until('it has asked', () => door.heard.length === 1);
    client.reopen();
    expect(client.state.state).toBe('connecting');
    door.letIn();
    await until('it is in', () => client.state.state === 'connected');
    expect(door.sockets).toHaveLength(1);
  });

  test('who was shown out stays out', async () => {
    await comeIn();
    door.say({ type: 'error', error: 'removed' });
    await until('it knows', () => events.at(-1)?.type === 'removed');
    expect(client.state).toMatchObject({ state: 'refused', error: 'removed' });
  });

  test('who leaves is not connected again', async () => {
    await comeIn();
    client.leave();
    await until('the door knows', () => door.heard.at(-1)?.['type'] === 'leave');
    expect(client.state.state).toBe('closed');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(door.sockets).toHaveLength(1);
  });
});

describe('inside', () => {
  test('signals go out and come in, and one that could not be delivered is known', async () => {
    const signals: [MemberId, string][] = [];
    const undelivered: MemberId[] = [];
    client.onSignal((from, data) => signals.push([from, data]));
    client.onUndelivered((to) => undelivered.push(to));
    await comeIn();
    client.send(other, 'offer');
    await until('the door has it', () => door.heard.length === 2);
    expect(door.heard[1]).toEqual({ type: 'signal', to: other, data: 'offer' });
    door.say({ type: 'signal', from: other, data: 'answer' });
    door.say({ type: 'error', error: 'not-there', about: other });
    await until('both have come', () => undelivered.length === 1);
    expect(signals).toEqual([[other, 'answer']]);
    expect(undelivered).toEqual([other]);
  });

  test('signals that come before anybody listens are kept for who does', async () => {
    await comeIn();
    door.say({ type: 'signal', from: other, data: 'offer' });
    door.say({ type: 'signal', from: other, data: 'candidate' });
    door.say({ type: 'locked', locked: false });
    await until('they have come', () => events.at(-1)?.type === 'locked');
    const heard: string[] = [];
    client.onSignal((_from, data) => heard.push(data));
    client.onSignal((_from, data) => heard.push(`again ${data}`));
    expect(heard).toEqual(['offer', 'candidate']);
  });

  test("the facilitator's orders go out, and a refused one comes back as a sentence", async () => {
    await comeIn();
    client.lock();
    client.unlock();
    client.remove(other);
    await until('the door has them', () => door.heard.length === 4);
    expect(door.heard.slice(1)).toEqual([
      { type: 'lock', locked: true },
      { type: 'lock', locked: false },
      { type: 'remove', member: other },
    ]);
    door.say({ type: 'error', error: 'not-allowed' });
    await until('it knows', () => events.at(-1)?.type === 'failed');
    expect(events.at(-1)).toMatchObject({ why: doorErrors['not-allowed'] });
    expect(client.connected).toBe(true);
  });

  test('arrivals and departures are passed on', async () => {
    await comeIn();
    const guest = { ...member, id: other, name: 'Ben' };
    door.say({ type: 'arrived', member: guest });
    door.say({ type: 'departed', member: other });
    await until('both have come', () => events.at(-1)?.type === 'departed');
    expect(events.at(-2)).toEqual({ type: 'arrived', member: guest });
  });

  test('what is no message of the door is dropped and counted', async () => {
    await comeIn();
    const before = events.length;
    for (const text of [
      '',
      '[',
      'null',
      '{"type":"locked"}',
      '{"type":"locked","locked":true,"__proto__":{"x":1}}',
      `{"type":"signal","from":"${other}","data":"${'x'.repeat(70_000)}"}`,
      '{"type":"departed","member":"nobody"}',
      '['.repeat(60_000),
    ]) {
      door.sayText(text);
    }
    door.sockets.at(-1)?.send(new Uint8Array([1, 2, 3]));
    door.say({ type: 'locked', locked: false });
    await until('the last has come', () => events.length > before);
    expect(events.slice(before)).toEqual([{ type: 'locked', locked: false }]);
    expect(client.badMessages).toBe(9);
  });

  test('news before it is inside is not believed', async () => {
    client.enter({ type: 'create' });
    await until('it has asked', () => door.heard.length === 1);
    door.say({ type: 'departed', member: other });
    await until('it was counted', () => client.badMessages === 1);
    expect(events.map(({ type }) => type)).toEqual(['state']);
  });
});
