/** The open sockets of a server: what is counted about each, and how it is spoken to. */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { count, type Counts } from './counts.ts';
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
  /** What waits for all tabs together: thousands that stop reading, each a little short of its own bound. */
  sendBuffersBytesMax: 256 * 1_048_576,
  /** A tab enters at once; a socket that does not is held open for nothing. */
  enterWithinMs: 60_000,
  /** A person reads the sentence once; a flood is not answered message by message. */
  tooFastEveryMs: 1_000,
} as const;

export interface Guest {
  readonly id: ConnectionId;
  readonly socket: WebSocket;
  readonly address: string;
  readonly counts: Counts;
  /** 32 hex digits, fresh for each connection: a proof cannot be used twice. */
  readonly nonce: string;
  readonly messages: Bucket;
  readonly entries: Bucket;
  readonly relayed: Bucket;
  /** Time of its coming, ms. */
  readonly since: number;
  /** The room that let it in last; `null` before the first one. */
  code: string | null;
  /** On its way into a room, which may be kept by another process. */
  entering: boolean;
  /** Time of the last sign of life, ms. */
  heardAt: number;
  badMessages: number;
  dropped: number;
  toldTooFastAt: number;
}

export function createGuest(
  socket: WebSocket,
  { id, address, counts, now }: Pick<Guest, 'id' | 'address' | 'counts'> & { now: number },
): Guest {
  return {
    id,
    socket,
    address,
    counts,
    nonce: randomBytes(16).toString('hex'),
    messages: createBucket(rates.messagesPerSocket, now),
    entries: createBucket(rates.entriesPerSocket, now),
    relayed: createBucket(rates.relayBytesPerSocket, now),
    since: now,
    code: null,
    entering: false,
    heardAt: now,
    badMessages: 0,
    dropped: 0,
    toldTooFastAt: -Infinity,
  };
}

/** Why a connection is ended at once, without a word that it could not read anyway. */
export type Cutting = 'not-reading' | 'silent' | 'never-entered' | 'our-mistake';

export function cut(guest: Guest, why: Cutting): void {
  count(guest.counts.hangUps, why);
  guest.socket.terminate();
}

/** Ends a connection with a reason that its tab can read. */
export function hangUp(guest: Guest, why: keyof typeof doorCloses): void {
  count(guest.counts.hangUps, why);
  guest.socket.close(doorCloses[why]);
}

/** Sends `data` if the socket takes it; hangs up on one that has stopped reading. Never throws. */
function send(guest: Guest, data: string | Buffer): void {
  const { socket } = guest;
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > guestLimits.sendBufferBytesMax) return cut(guest, 'not-reading');
  // A socket that dies under the write says so by its own close event.
  socket.send(data, () => undefined);
}

/** A frame of another member. Tabs keep little under way to each other, so none is held back for long. */
export function sendRelayed(guest: Guest, frame: Buffer): void {
  guest.counts.relayedBytes += frame.length;
  send(guest, frame);
}

export function sendMessage(guest: Guest, message: ToTab, text = JSON.stringify(message)): void {
  if (message.type === 'error') count(guest.counts.refusals, message.error);
  send(guest, text);
}

export const sendError = (guest: Guest, error: DoorError): void =>
  sendMessage(guest, { type: 'error', error });

/** A message that made no sense: said so, counted, and after {@link guestLimits.badMessagesMax} the end. */
export function rebuke(guest: Guest): void {
  count(guest.counts.messages, 'malformed');
  guest.badMessages += 1;
  sendError(guest, 'bad-message');
  if (guest.badMessages >= guestLimits.badMessagesMax) hangUp(guest, 'misbehaved');
}

/** A message dropped for coming too fast. */
export function slowDown(guest: Guest, now: number): void {
  count(guest.counts.messages, 'dropped');
  guest.dropped += 1;
  if (guest.dropped >= guestLimits.droppedMax) return hangUp(guest, 'misbehaved');
  if (now - guest.toldTooFastAt < guestLimits.tooFastEveryMs) return;
  guest.toldTooFastAt = now;
  sendError(guest, 'too-fast');
}

/** Sends what the door decided. Connections that are gone by now, or another process's, are passed over. */
export function deliver(
  guests: ReadonlyMap<ConnectionId, Guest>,
  outgoing: readonly Outgoing[],
): void {
  const texts = new Map<ToTab, string>();
  for (const item of outgoing) {
    const guest = guests.get(item.to);
    if (!guest) continue;
    if ('close' in item) {
      hangUp(guest, item.close);
      continue;
    }
    // One message often goes to everybody in a room.
    const text = texts.get(item.message) ?? JSON.stringify(item.message);
    texts.set(item.message, text);
    sendMessage(guest, item.message, text);
  }
}

export function waitingBytes(guests: Iterable<Guest>): number {
  let bytes = 0;
  for (const { socket } of guests) bytes += socket.bufferedAmount;
  return bytes;
}

/** Cuts off those for whom most waits until no more than `bytesMax` wait for all together. */
export function shed(guests: Iterable<Guest>, bytesMax: number): void {
  const all = [...guests];
  let waiting = waitingBytes(all);
  if (waiting <= bytesMax) return;
  all.sort((a, b) => b.socket.bufferedAmount - a.socket.bufferedAmount);
  for (const guest of all) {
    if (waiting <= bytesMax) return;
    waiting -= guest.socket.bufferedAmount;
    cut(guest, 'not-reading');
  }
}
