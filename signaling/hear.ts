/** What a connection says, from the raw message to the room: rate, sense, proof. */
import type { RawData } from 'ws';
import { count, type Counts } from './counts.ts';
import type { Door } from './door.ts';
import { rebuke, sendError, slowDown, type Guest } from './guests.ts';
import { parseToServer } from './inbound.ts';
import type { ToServer } from './messages.ts';
import { isProved } from './proof.ts';
import { hasFor, messageCost, rates, take, takeFor } from './rate.ts';
import type { AddressBuckets, Bucket } from './rate.ts';
import { relay } from './relay.ts';
import type { ConnectionId } from './room.ts';
import type { Rooms } from './rooms.ts';

/** All that a server knows. */
export interface Context {
  readonly door: Door;
  readonly rooms: Rooms;
  readonly guests: Map<ConnectionId, Guest>;
  readonly counts: Counts;
  readonly socketsOf: Map<string, number>;
  readonly connectionRate: AddressBuckets;
  readonly entryRate: AddressBuckets;
  readonly guessRate: AddressBuckets;
  readonly messageRate: AddressBuckets;
  readonly relayRate: Bucket;
  readonly now: () => number;
}

/** Acts on one message of `guest`. Whatever came, the answer is a message or the end of the connection. */
export function hear(context: Context, guest: Guest, data: RawData, isBinary: boolean): void {
  const now = context.now();
  guest.heardAt = now;
  // Closing: what was under way is no longer wanted.
  if (guest.socket.readyState !== guest.socket.OPEN || !Buffer.isBuffer(data)) return;
  if (isBinary) return relay(context, guest, data);
  const cost = messageCost(data.length);
  if (
    !take(guest.messages, rates.messagesPerSocket, now, cost) ||
    !takeFor(context.messageRate, guest.address, now, cost)
  ) {
    return slowDown(guest, now);
  }
  const message = parseToServer(data.toString('utf8'));
  if (!message) return rebuke(guest);
  count(guest.counts.messages, message.type);
  switch (message.type) {
    case 'create':
    case 'join':
    case 'resume':
      return admit(context, guest, message);
    case 'signal': {
      const from = context.rooms.memberOf(guest) ?? '';
      const signal = { type: 'signal', from, data: message.data } as const;
      return context.rooms.pass(guest, message.to, { signal });
    }
    case 'lock':
    case 'remove':
    case 'leave':
      return context.rooms.order(guest, message);
  }
}

type Entry = Extract<ToServer, { type: 'create' | 'join' | 'resume' }>;

function admit(context: Context, guest: Guest, message: Entry): void {
  const now = context.now();
  if (
    guest.entering ||
    !take(guest.entries, rates.entriesPerSocket, now) ||
    !takeFor(context.entryRate, guest.address, now) ||
    !mayTry(context, guest, message)
  ) {
    return slowDown(guest, now);
  }
  const { proof, ...entry } = { code: '', ...message };
  if (!isProved(guest.nonce, { ...entry, proof })) return sendError(guest, 'bad-proof');
  context.rooms.enter(guest, entry);
}

/** Who has asked for too many rooms that are not there may ask for none for a while, lest it find one by guessing. */
function mayTry({ door, guessRate, now }: Context, { address }: Guest, message: Entry): boolean {
  if (message.type === 'create') return true;
  const room = door.rooms.get(message.code);
  if (room?.known.has(message.member.id)) return true;
  return room ? hasFor(guessRate, address, now()) : takeFor(guessRate, address, now());
}
