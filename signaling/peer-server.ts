/**
 * A PeerServer at `/peerjs` of our own server, when asked for: rooms by PeerJS find their members through it. It has
 * its upgrades routed to it, since it would take or end those of the door as well, and is bounded like the door:
 * ids of our own rooms only, so that nobody else's traffic passes here.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { addressOf } from './connections.ts';
import { peerIdPattern, signalPath } from './messages.ts';
import type { OriginRule } from './origin.ts';
import { createAddressBuckets, createBucket, messageCost } from './rate.ts';
import { forgetQuiet, rates, spend, takeFor } from './rate.ts';

/** Where it is on our server; PeerJS adds its own `/peerjs` for the WebSocket. */
const peerServerPath = '/peerjs';
const upgradePath = `${peerServerPath}/peerjs`;

const peerLimits = {
  /** A description of a session with data channels alone is 1 KiB. */
  messageBytesMax: 16_384,
  /** Path, id, token, key and version. */
  urlCharactersMax: 512,
  socketsMax: 20_000,
  /** A tab that stops reading must not fill the server's memory. */
  sendBufferBytesMax: 1_048_576,
  lookEveryMs: 2_000,
} as const;

/**
 * 64 tabs that each try the places that others hold already, lowest first, are some two thousand; and again after a
 * restart. Stops sockets opened in a loop.
 */
const connectionsPerAddress = { burst: 5_000, perSecond: 100 } as const;

export interface PeerServerOptions {
  /** Whose upgrades are taken: all but those of the door, which must be told to leave the others. */
  readonly server: Server;
  /** Which pages may use it; all, if absent. */
  readonly origins?: OriginRule;
  /** Whether all come by a proxy that says who they are. */
  readonly behindProxy?: boolean;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

export interface MountedPeerServer {
  takes(request: IncomingMessage): boolean;
  readonly request: RequestListener;
  close(): void;
}

/** Loads PeerServer: a server that is not asked for one does without it. */
export async function mountPeerServer(options: PeerServerOptions): Promise<MountedPeerServer> {
  const { ExpressPeerServer } = await import('peer');
  const now = options.now ?? (() => performance.now());
  const inner = createServer();
  let sockets: WebSocketServer | null = null;
  const peerServer = ExpressPeerServer(inner, {
    path: '/',
    concurrent_limit: peerLimits.socketsMax,
    createWebSocketServer: ({ path }) => {
      sockets = bounded(inner, path ?? upgradePath, now);
      return sockets;
    },
  });
  // It tells of each unreadable message by an error, which without a listener would end the process.
  peerServer.on('error', () => undefined);
  // It begins when it is mounted on an Express application, which the same call makes.
  const site = ExpressPeerServer(inner);
  for (const app of [site, peerServer]) app.disable('x-powered-by');
  site.use(peerServerPath, peerServer);

  const connectionRate = createAddressBuckets(connectionsPerAddress);
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = request.url?.split('?')[0];
    if (path === signalPath) return;
    const { host, origin } = request.headers;
    const address = addressOf(request, options.behindProxy ?? false);
    const isKnown = options.origins?.admits(origin, host) ?? true;
    const takes = path === upgradePath && isKnown && isOurs(request.url ?? '');
    if (takes && takeFor(connectionRate, address, now()))
      inner.emit('upgrade', request, socket, head);
    else socket.destroy();
  };
  options.server.on('upgrade', onUpgrade);
  const look = (): void => {
    forgetQuiet(connectionRate, now());
    for (const socket of sockets?.clients ?? []) {
      if (socket.bufferedAmount > peerLimits.sendBufferBytesMax) socket.terminate();
    }
  };
  const looking = setInterval(look, peerLimits.lookEveryMs).unref();
  return {
    takes: ({ url = '' }) => url.split(/[/?]/)[1] === peerServerPath.slice(1),
    request: (request, response) => void site(request as never, response as never),
    close() {
      clearInterval(looking);
      options.server.off('upgrade', onUpgrade);
      for (const socket of sockets?.clients ?? []) socket.terminate();
    },
  };
}

/** Whether an upgrade asks for the id of a place in a room of ours. */
function isOurs(url: string): boolean {
  if (url.length > peerLimits.urlCharactersMax) return false;
  const id = new URL(url, 'http://peer').searchParams.get('id');
  return id !== null && peerIdPattern.test(id);
}

/** A WebSocket server that reads each socket no faster than its budget allows. */
function bounded(inner: Server, path: string, now: () => number): WebSocketServer {
  const sockets = new WebSocketServer({
    server: inner,
    path,
    maxPayload: peerLimits.messageBytesMax,
    perMessageDeflate: false,
  });
  sockets.on('connection', (socket: WebSocket) => {
    const budget = createBucket(rates.messagesPerSocket, now());
    socket.on('message', (data: RawData) => {
      const bytes = Buffer.isBuffer(data) ? data.length : peerLimits.messageBytesMax;
      const waitMs = spend(budget, rates.messagesPerSocket, now(), messageCost(bytes));
      if (waitMs > 0 && !socket.isPaused) {
        socket.pause();
        setTimeout(() => socket.resume(), waitMs).unref();
      }
    });
  });
  return sockets;
}
