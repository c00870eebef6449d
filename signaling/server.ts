/**
 * The sockets of the door: takes connections, keeps them alive, and lets them go. What they say goes to `hear.ts`, and
 * from there by `rooms.ts` to `door.ts`, which decides. Holds no log and orders nothing: a running room survives its
 * death.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { MemoryHub, type BusStatus, type RoomBus } from './bus.ts';
import { addressOf } from './connections.ts';
import { createCounts, metricsText, type Levels } from './counts.ts';
import { createDoor } from './door.ts';
import { createGuest, cut, guestLimits, hangUp, sendError } from './guests.ts';
import { sendMessage, shed, waitingBytes, type Guest } from './guests.ts';
import { hear, type Context } from './hear.ts';
import { wordsLog, type Log } from './log.ts';
import { codeAlphabet, doorCloses, doorLimits, signalPath, type IceServers } from './messages.ts';
import type { OriginRule } from './origin.ts';
import { createAddressBuckets, createBucket, forgetQuiet, rates, takeFor } from './rate.ts';
import type { ConnectionId } from './room.ts';
import { Rooms } from './rooms.ts';

export interface SignalingOptions {
  /** Whose upgrade requests for `/signal` are taken. */
  readonly server: Server;
  /** What becomes of other upgrades: ended, or left to those who share the server (Vite's hot reload). */
  readonly otherUpgrades?: 'end' | 'leave';
  /** What a tab is told that asked for us by the header `host`; nothing, if absent. */
  readonly iceServersFor?: (host: string | undefined) => IceServers;
  /** Which pages may come in; all, if absent. */
  readonly origins?: OriginRule;
  /** Joins this process with others; one of its own, if absent. Closed with the door. */
  readonly bus?: RoomBus;
  readonly log?: Log;
  /** Whether all come by a proxy that says who they are. */
  readonly behindProxy?: boolean;
  /** What the codes of rooms opened here begin with; any letter, if absent. */
  readonly firstLetters?: string;
  readonly roomsMax?: number;
  /** Bytes that may wait for all tabs together. */
  readonly waitingBytesMax?: number;
  /** A ping each so many ms keeps middleboxes awake and finds the dead. */
  readonly pingEveryMs?: number;
  /** A connection silent for longer is ended, ms. A phone may sleep two minutes. */
  readonly silenceMs?: number;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

export interface Signaling {
  stats(): { rooms: number; connections: number; relayedBytes: number; bus: BusStatus };
  /** For Prometheus. */
  metrics(): string;
  /** Says good-bye to all, waits a second at most, and hangs up on the rest. */
  close(): Promise<void>;
}

const defaults = { pingEveryMs: 20_000, silenceMs: 150_000 } as const;
/** One address with more sockets than this is no conference; a server with more is better refused than out of memory. */
const socketsPerAddressMax = 512;
const socketsMax = 20_000;
const farewellMs = 1_000;
const shedEveryMs = 1_000;
/** Of a foreign origin in the log: a header may be as long as it likes. */
const originCharactersMax = 120;

export function createSignaling(options: SignalingOptions): Signaling {
  const context = createContext(options);
  const { door, guests, counts } = context;
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
      receive(context, webSocket, arrivalOf(request, options)),
    );
  };
  options.server.on('upgrade', onUpgrade);
  const silenceMs = options.silenceMs ?? defaults.silenceMs;
  const round = () => makeRound(context, silenceMs);
  const waitingBytesMax = options.waitingBytesMax ?? guestLimits.sendBuffersBytesMax;
  const timers = [
    setInterval(round, options.pingEveryMs ?? defaults.pingEveryMs).unref(),
    setInterval(() => shed(guests.values(), waitingBytesMax), shedEveryMs).unref(),
  ];
  return {
    stats: () => ({
      rooms: door.rooms.size,
      connections: guests.size,
      relayedBytes: counts.relayedBytes,
      bus: context.bus.status,
    }),
    metrics: () => metricsText(counts, levelsOf(context)),
    async close() {
      for (const timer of timers) clearInterval(timer);
      options.server.off('upgrade', onUpgrade);
      await sayGoodbye(guests);
      await context.bus.close();
    },
  };
}

function createContext(options: SignalingOptions): ServerContext {
  // Monotonic: a clock that is set must not throw everybody out.
  const now = options.now ?? (() => performance.now());
  const bus = options.bus ?? new MemoryHub().bus();
  const door = createDoor(options.roomsMax);
  const guests = new Map<ConnectionId, Guest>();
  const counts = createCounts();
  const firstLetters = options.firstLetters ?? codeAlphabet;
  return {
    door,
    guests,
    counts,
    bus,
    rooms: new Rooms({ door, guests, bus, counts, firstLetters, now }),
    log: options.log ?? wordsLog,
    socketsOf: new Map(),
    connectionRate: createAddressBuckets(rates.connectionsPerAddress),
    entryRate: createAddressBuckets(rates.entriesPerAddress),
    guessRate: createAddressBuckets(rates.guessesPerAddress),
    messageRate: createAddressBuckets(rates.messagesPerAddress),
    relayRate: createBucket(rates.relayBytesOfServer, now()),
    now,
  };
}

interface ServerContext extends Context {
  readonly bus: RoomBus;
  readonly log: Log;
}

function levelsOf({ door, guests, bus }: ServerContext): Levels {
  let members = 0;
  for (const { present } of door.rooms.values()) members += present.size;
  return {
    rooms: door.rooms.size,
    members,
    sockets: guests.size,
    waitingBytes: waitingBytes(guests.values()),
    bus: bus.status,
  };
}

interface Arrival {
  readonly address: string;
  readonly iceServers: IceServers;
  /** Where its page comes from, if that may not come in. */
  readonly strangeOrigin: string | null;
}

function arrivalOf(request: IncomingMessage, options: SignalingOptions): Arrival {
  const { host, origin } = request.headers;
  return {
    address: addressOf(request, options.behindProxy ?? false),
    iceServers: options.iceServersFor?.(host) ?? [],
    strangeOrigin: options.origins?.admits(origin, host) === false ? String(origin) : null,
  };
}

function receive(context: ServerContext, socket: WebSocket, arrival: Arrival): void {
  const { guests, socketsOf, counts, bus } = context;
  const { address, iceServers } = arrival;
  const id = `${bus.process}.${++counts.connections}`;
  const guest = createGuest(socket, { id, address, counts, now: context.now() });
  // Without a listener an unreadable frame would end the process. What follows is the close event.
  socket.on('error', () => undefined);
  const why = whyNot(context, arrival);
  if (why) return turnAway(context, guest, why);
  guests.set(guest.id, guest);
  socketsOf.set(address, (socketsOf.get(address) ?? 0) + 1);
  socket.on('pong', () => (guest.heardAt = context.now()));
  socket.on('message', (data, isBinary) =>
    guarded(context, guest, () => hear(context, guest, data, isBinary)),
  );
  socket.on('close', () => {
    guests.delete(guest.id);
    const left = (socketsOf.get(address) ?? 1) - 1;
    if (left > 0) socketsOf.set(address, left);
    else socketsOf.delete(address);
    guarded(context, guest, () => context.rooms.order(guest, { type: 'disconnect' }));
  });
  sendMessage(guest, { type: 'welcome', nonce: guest.nonce, iceServers });
}

interface Refusal {
  readonly error: 'too-fast' | 'wrong-origin';
  readonly close: 'crowded' | 'strangeOrigin';
}

function whyNot(context: ServerContext, { address, strangeOrigin }: Arrival): Refusal | null {
  const { guests, socketsOf, connectionRate, log } = context;
  const isCrowded =
    (socketsOf.get(address) ?? 0) >= socketsPerAddressMax || guests.size >= socketsMax;
  if (isCrowded || !takeFor(connectionRate, address, context.now())) {
    return { error: 'too-fast', close: 'crowded' };
  }
  if (strangeOrigin === null) return null;
  const origin = strangeOrigin.slice(0, originCharactersMax);
  log.warn(`A page of ${origin} was turned away: ORIGINS does not name it.`, { origin });
  return { error: 'wrong-origin', close: 'strangeOrigin' };
}

/** A connection that is never counted among the guests. */
function turnAway(context: ServerContext, guest: Guest, { error, close }: Refusal): void {
  sendError(guest, error);
  hangUp(guest, close);
  setTimeout(() => guest.socket.terminate(), farewellMs).unref();
}

/** A mistake of ours that one connection brings to light costs that connection, not everybody's. */
function guarded({ log }: ServerContext, guest: Guest, act: () => void): void {
  try {
    act();
  } catch (error) {
    log.error('Hung up on a connection after a mistake of our own:', error);
    cut(guest, 'our-mistake');
  }
}

/** Each heartbeat: pings all, hangs up on the silent, forgets rooms and addresses that nobody uses. */
function makeRound(context: Context, silenceMs: number): void {
  const now = context.now();
  for (const guest of context.guests.values()) {
    if (now - guest.heardAt > silenceMs) cut(guest, 'silent');
    else if (guest.code === null && now - guest.since > guestLimits.enterWithinMs) {
      cut(guest, 'never-entered');
    } else if (guest.socket.readyState === guest.socket.OPEN) guest.socket.ping(() => undefined);
  }
  context.rooms.expire();
  const { connectionRate, entryRate, guessRate, messageRate } = context;
  for (const rate of [connectionRate, entryRate, guessRate, messageRate]) forgetQuiet(rate, now);
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
