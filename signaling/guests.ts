/** The open sockets of a server: what is counted about each, and how it is spoken to. */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { doorCloses, type DoorError, type ToTab } from './messages.ts';
import { createBucket, rates, type Bucket } from './rate.ts';
import type { ConnectionId, Outgoing } from './room.ts';

export const guestLimits = {
  /** Messages of one socket that made no sense before it is hung up on. An old tab sends one; a fuzzer sends more. */
  badMessagesMax: 16,
  /** Messages dropped for coming too fast before the socket is hung up on. */
  droppedMax: 2_000,
  /** A tab that stops reading must not fill the server's memory. All introductions of a full room fit thrice. */
  sendBufferBytesMax: 4 * 1_048_576,
  /** A person reads the sentence once; a flood is not answered message by message. */
  tooFastEveryMs: 1_000,
} as const;

export interface Guest {
  readonly id: ConnectionId;
  readonly socket: WebSocket;
  readonly address: string;
  /** 32 hex digits, fresh for each connection: a proof cannot be used twice. */
  readonly nonce: string;
  readonly messages: Bucket;
  readonly entries: Bucket;
  readonly relayed: Bucket;
  /** Time of the last sign of life, ms. */
  heardAt: number;
  badMessages: number;
  dropped: number;
  toldTooFastAt: number;
}

export function createGuest(
  id: ConnectionId,
  socket: WebSocket,
  address: string,
  now: number,
): Guest {
  return {
    id,
    socket,
    address,
    nonce: randomBytes(16).toString('hex'),
    messages: createBucket(rates.messagesPerSocket, now),
    entries: createBucket(rates.entriesPerSocket, now),
    relayed: createBucket(rates.relayBytesPerSocket, now),
    heardAt: now,
    badMessages: 0,
    dropped: 0,
    toldTooFastAt: -Infinity,
  };
}

/** Sends `text` if the socket takes it; hangs up on one that has stopped reading. Never throws. */
export function sendText(guest: Guest, text: string): void {
  const { socket } = guest;
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > guestLimits.sendBufferBytesMax) {
    socket.terminate();
    return;
  }
  // A socket that dies under the write says so by its own close event.
  socket.send(text, () => undefined);
}

export const sendMessage = (guest: Guest, message: ToTab): void =>
  sendText(guest, JSON.stringify(message));

export const sendError = (guest: Guest, error: DoorError): void =>
  sendMessage(guest, { type: 'error', error });

/** A message that made no sense: said so, counted, and after {@link guestLimits.badMessagesMax} the end. */
export function rebuke(guest: Guest): void {
  guest.badMessages += 1;
  sendError(guest, 'bad-message');
  if (guest.badMessages >= guestLimits.badMessagesMax) guest.socket.close(doorCloses.misbehaved);
}

/** A message dropped for coming too fast. */
export function slowDown(guest: Guest, now: number): void {
  guest.dropped += 1;
  if (guest.dropped >= guestLimits.droppedMax) {
    guest.socket.close(doorCloses.misbehaved);
    return;
  }
  if (now - guest.toldTooFastAt < guestLimits.tooFastEveryMs) return;
  guest.toldTooFastAt = now;
  sendError(guest, 'too-fast');
}

/** Sends what the door decided. Connections that are gone by now are passed over. */
export function deliver(
  guests: ReadonlyMap<ConnectionId, Guest>,
  outgoing: readonly Outgoing[],
): void {
  const texts = new Map<ToTab, string>();
  for (const item of outgoing) {
    const guest = guests.get(item.to);
    if (!guest) continue;
    if ('close' in item) {
      guest.socket.close(doorCloses[item.close]);
      continue;
    }
    // One message often goes to everybody in a room.
    const text = texts.get(item.message) ?? JSON.stringify(item.message);
    texts.set(item.message, text);
    sendText(guest, text);
  }
}
