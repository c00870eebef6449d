/**
 * The sockets of the door: takes connections, keeps them alive, and lets them go. What they say goes to `hear.ts`, and
 * from there to `door.ts`, which decides. Holds no log and orders nothing: a running room survives its death.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { createDoor } from './door.ts';
import { createGuest, sendError, sendMessage, type Guest } from './guests.ts';
import { hear, tellDoor, type Context } from './hear.ts';
import { doorCloses, doorLimits, signalPath, type IceServers } from './messages.ts';
import { addressKey, createAddressBuckets, createBucket } from './rate.ts';
import { forgetQuiet, rates, takeFor } from './rate.ts';
import type { ConnectionId } from './room.ts';

export interface SignalingOptions {
  /** Whose upgrade requests for `/signal` are taken. */
  readonly server: Server;
  /** What becomes of other upgrades: ended, or left to those who share the server (Vite's hot reload). */
  readonly otherUpgrades?: 'end' | 'leave';
  /** What a tab is told that asked for us by the header `host`; nothing, if absent. */
  readonly iceServersFor?: (host: string | undefined) => IceServers;
  readonly roomsMax?: number;
  /** A ping each so many ms keeps middleboxes awake and finds the dead. */
  readonly pingEveryMs?: number;
  /** A connection silent for longer is ended, ms. A phone may sleep two minutes. */
  readonly silenceMs?: number;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

export interface Signaling {
  stats(): { rooms: number; connections: number; relayedBytes: number };
  /** Says good-bye to all, waits a second at most, and hangs up on the rest. */
  close(): Promise<void>;
}

const defaults = { pingEveryMs: 20_000, silenceMs: 150_000 } as const;
/** One address with more sockets than this is no conference; a server with more is better refused than out of memory. */
const socketsPerAddressMax = 512;
const socketsMax = 20_000;
const farewellMs = 1_000;

export function createSignaling(options: SignalingOptions): Signaling {
  const { iceServersFor = () => [] } = options;
  // Monotonic: a clock that is set must not throw everybody out.
  const now = options.now ?? (() => performance.now());
  const context: Context = {
    door: createDoor(options.roomsMax),
    guests: new Map(),
    socketsOf: new Map(),
    connectionRate: createAddressBuckets(rates.connectionsPerAddress),
    entryRate: createAddressBuckets(rates.entriesPerAddress),
    messageRate: createAddressBuckets(rates.messagesPerAddress),
    relayRate: createBucket(rates.relayBytesOfServer, now()),
    now,
    nextId: 1,
    relayedBytes: 0,
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
      receive(context, webSocket, {
        address: addressKey(request.socket.remoteAddress),
        iceServers: iceServersFor(request.headers.host),
      }),
    );
  };
  options.server.on('upgrade', onUpgrade);
  const silenceMs = options.silenceMs ?? defaults.silenceMs;
  const round = () => makeRound(context, silenceMs);
  const heartbeat = setInterval(round, options.pingEveryMs ?? defaults.pingEveryMs).unref();
  return {
    stats: () => ({
      rooms: context.door.rooms.size,
      connections: context.guests.size,
      relayedBytes: context.relayedBytes,
    }),
    async close() {
      clearInterval(heartbeat);
      options.server.off('upgrade', onUpgrade);
      await sayGoodbye(context.guests);
    },
  };
}

interface Arrival {
  readonly address: string;
  readonly iceServers: IceServers;
}

function receive(context: Context, socket: WebSocket, { address, iceServers }: Arrival): void {
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
  sendMessage(guest, { type: 'welcome', nonce: guest.nonce, iceServers });
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
