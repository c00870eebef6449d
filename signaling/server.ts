/**
 * The sockets of the door: takes connections, checks what they say and who they are, and hands it to `door.ts`, which
 * decides. Holds no log and orders nothing: a running room survives its death.
 */
import { randomInt } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { createDoor, refuse, step, type Door, type DoorEvent } from './door.ts';
import { createGuest, deliver, rebuke, sendError, sendMessage, slowDown } from './guests.ts';
import type { Guest } from './guests.ts';
import { parseToServer } from './inbound.ts';
import { codeAlphabet, codeLength, doorCloses, doorLimits, signalPath } from './messages.ts';
import type { ToServer, ToTab } from './messages.ts';
import { isProved } from './proof.ts';
import { addressKey, createAddressBuckets, forgetQuiet, messageCost, rates } from './rate.ts';
import { take, takeFor, type AddressBuckets } from './rate.ts';
import type { ConnectionId, Outgoing } from './room.ts';

export type IceServers = Extract<ToTab, { type: 'welcome' }>['iceServers'];

export interface SignalingOptions {
  /** Whose upgrade requests for `/signal` are taken. */
  readonly server: Server;
  /** What becomes of other upgrades: ended, or left to those who share the server (Vite's hot reload). */
  readonly otherUpgrades?: 'end' | 'leave';
  readonly iceServers?: IceServers;
  readonly roomsMax?: number;
  /** A ping each so many ms keeps middleboxes awake and finds the dead. */
  readonly pingEveryMs?: number;
  /** A connection silent for longer is ended, ms. A phone may sleep two minutes. */
  readonly silenceMs?: number;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

export interface Signaling {
  stats(): { rooms: number; connections: number };
  /** Says good-bye to all, waits a second at most, and hangs up on the rest. */
  close(): Promise<void>;
}

const defaults = { pingEveryMs: 20_000, silenceMs: 150_000 } as const;
/** One address with more sockets than this is no conference; a server with more is better refused than out of memory. */
const socketsPerAddressMax = 512;
const socketsMax = 20_000;
const farewellMs = 1_000;

interface Context {
  readonly door: Door;
  readonly guests: Map<ConnectionId, Guest>;
  readonly socketsOf: Map<string, number>;
  readonly connectionRate: AddressBuckets;
  readonly entryRate: AddressBuckets;
  readonly messageRate: AddressBuckets;
  readonly iceServers: IceServers;
  readonly now: () => number;
  nextId: ConnectionId;
}

export function createSignaling(options: SignalingOptions): Signaling {
  const context: Context = {
    door: createDoor(options.roomsMax),
    guests: new Map(),
    socketsOf: new Map(),
    connectionRate: createAddressBuckets(rates.connectionsPerAddress),
    entryRate: createAddressBuckets(rates.entriesPerAddress),
    messageRate: createAddressBuckets(rates.messagesPerAddress),
    iceServers: options.iceServers ?? [],
    // Monotonic: a clock that is set must not throw everybody out.
    now: options.now ?? (() => performance.now()),
    nextId: 1,
  };
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: doorLimits.messageBytesMax,
    perMessageDeflate: false,
  });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?')[0] !== signalPath) {
      if (options.otherUpgrades !== 'leave') socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      receive(context, webSocket, addressKey(request.socket.remoteAddress)),
    );
  };
  options.server.on('upgrade', onUpgrade);
  const silenceMs = options.silenceMs ?? defaults.silenceMs;
  const round = () => makeRound(context, silenceMs);
  const heartbeat = setInterval(round, options.pingEveryMs ?? defaults.pingEveryMs).unref();
  return {
    stats: () => ({ rooms: context.door.rooms.size, connections: context.guests.size }),
    async close() {
      clearInterval(heartbeat);
      options.server.off('upgrade', onUpgrade);
      await sayGoodbye(context.guests);
    },
  };
}

function receive(context: Context, socket: WebSocket, address: string): void {
  const { guests, socketsOf } = context;
  const now = context.now();
  const guest = createGuest(context.nextId++, socket, address, now);
  // Without a listener an unreadable frame would end the process. What follows is the close event.
  socket.on('error', () => undefined);
  const open = socketsOf.get(address) ?? 0;
  const crowded = open >= socketsPerAddressMax || guests.size >= socketsMax;
  if (crowded || !takeFor(context.connectionRate, address, now)) {
    sendError(guest, 'too-fast');
    socket.close(doorCloses.crowded);
    setTimeout(() => socket.terminate(), farewellMs).unref();
    return;
  }
  guests.set(guest.id, guest);
  socketsOf.set(address, open + 1);
  socket.on('pong', () => (guest.heardAt = context.now()));
  socket.on('message', (data, isBinary) =>
    guarded(guest, () => hear(context, guest, data, isBinary)),
  );
  socket.on('close', () => {
    guests.delete(guest.id);
    const left = (socketsOf.get(address) ?? 1) - 1;
    if (left > 0) socketsOf.set(address, left);
    else socketsOf.delete(address);
    guarded(guest, () => tellDoor(context, { type: 'disconnect', connection: guest.id }));
  });
  sendMessage(guest, { type: 'welcome', nonce: guest.nonce, iceServers: context.iceServers });
}

/** A mistake of ours that one connection brings to light costs that connection, not everybody's. */
function guarded(guest: Guest, act: () => void): void {
  try {
    act();
  } catch (error) {
    console.error('signaling: hung up on a connection after a mistake of our own:', error);
    guest.socket.terminate();
  }
}

function hear(context: Context, guest: Guest, data: RawData, isBinary: boolean): void {
  const now = context.now();
  guest.heardAt = now;
  // Closing: what was under way is no longer wanted.
  if (guest.socket.readyState !== guest.socket.OPEN || !Buffer.isBuffer(data)) return;
  const cost = messageCost(data.length);
  if (
    !take(guest.messages, rates.messagesPerSocket, now, cost) ||
    !takeFor(context.messageRate, guest.address, now, cost)
  ) {
    return slowDown(guest, now);
  }
  const message = isBinary ? null : parseToServer(data.toString('utf8'));
  if (!message) return rebuke(guest);
  if (message.type === 'create' || message.type === 'join' || message.type === 'resume') {
    return admit(context, guest, message);
  }
  tellDoor(context, { ...message, connection: guest.id });
}

type Entry = Extract<ToServer, { type: 'create' | 'join' | 'resume' }>;

function admit(context: Context, guest: Guest, message: Entry): void {
  const now = context.now();
  if (
    !take(guest.entries, rates.entriesPerSocket, now) ||
    !takeFor(context.entryRate, guest.address, now)
  ) {
    return slowDown(guest, now);
  }
  const code = message.type === 'create' ? '' : message.code;
  const { member, proof } = message;
  if (!isProved(guest.nonce, { member, code, proof })) {
    return deliver(context.guests, refuse(guest.id, 'bad-proof'));
  }
  const connection = guest.id;
  if (message.type === 'create') {
    tellDoor(context, { type: 'create', connection, member, code: freshCode(context.door) });
  } else {
    tellDoor(context, { ...message, connection });
  }
}

function tellDoor(context: Context, event: DoorEvent): void {
  const outgoing: Outgoing[] = step(context.door, event, context.now());
  deliver(context.guests, outgoing);
}

function freshCode(door: Door): string {
  for (;;) {
    const letters = Array.from(
      { length: codeLength },
      () => codeAlphabet[randomInt(codeAlphabet.length)],
    );
    const code = letters.join('');
    if (!door.rooms.has(code)) return code;
  }
}

/** Each heartbeat: pings all, hangs up on the silent, forgets rooms and addresses that nobody uses. */
function makeRound(context: Context, silenceMs: number): void {
  const now = context.now();
  for (const guest of context.guests.values()) {
    if (now - guest.heardAt > silenceMs) guest.socket.terminate();
    else if (guest.socket.readyState === guest.socket.OPEN) guest.socket.ping(() => undefined);
  }
  tellDoor(context, { type: 'expire' });
  for (const rate of [context.connectionRate, context.entryRate, context.messageRate]) {
    forgetQuiet(rate, now);
  }
}

async function sayGoodbye(guests: ReadonlyMap<ConnectionId, Guest>): Promise<void> {
  const closed = [...guests.values()].map(({ socket }) => {
    socket.close(doorCloses.goingAway);
    return new Promise<void>((resolve) => socket.once('close', () => resolve()));
  });
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, farewellMs)));
  await Promise.race([Promise.all(closed), patience]);
  clearTimeout(timer);
  for (const { socket } of guests.values()) socket.terminate();
}
