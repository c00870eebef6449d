/** Bounds on bare TCP connections, before any of them has said what it is. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from './rate.ts';

export const connectionLimits = {
  /** A hall of 64 has six connections a browser for files and one for the door. Stops one that opens them in a loop. */
  perAddressMax: 1_024,
  /** Of all. A process may open more files than that nearly everywhere. */
  allMax: 25_000,
  /** A request whose head or body comes by drops holds its connection no longer. */
  headersMs: 10_000,
  requestMs: 15_000,
  /** How often that is looked at. */
  checkEveryMs: 2_000,
} as const;

/** For `http.createServer`. */
export const serverOptions = {
  headersTimeout: connectionLimits.headersMs,
  requestTimeout: connectionLimits.requestMs,
  connectionsCheckingInterval: connectionLimits.checkEveryMs,
} as const;

export function boundConnections(
  server: Server,
  {
    behindProxy,
    perAddressMax = connectionLimits.perAddressMax,
  }: { behindProxy: boolean; perAddressMax?: number },
): void {
  server.maxConnections = connectionLimits.allMax;
  // A proxy has all of them.
  if (behindProxy) return;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = addressKey(socket.remoteAddress);
    const before = open.get(address) ?? 0;
    if (before >= perAddressMax) return void socket.destroy();
    open.set(address, before + 1);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

/**
 * Whose budget a request is on. Behind a proxy: who the proxy says it is, by the last entry of `X-Forwarded-For`, since
 * whatever stands before that came from the client.
 */
export function addressOf({ headers, socket }: IncomingMessage, behindProxy: boolean): string {
  const forwarded = behindProxy ? headers['x-forwarded-for'] : undefined;
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return addressKey(last ? last : socket.remoteAddress);
}
