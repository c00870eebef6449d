/** What a connection says, from the raw message to the door: rate, sense, proof, rule. */
import { randomInt } from 'node:crypto';
import type { RawData } from 'ws';
import { refuse, step, type Door, type DoorEvent } from './door.ts';
import { deliver, rebuke, slowDown, type Guest } from './guests.ts';
import { parseToServer } from './inbound.ts';
import { codeAlphabet, codeLength, type ToServer } from './messages.ts';
import { isProved } from './proof.ts';
import { messageCost, rates, take, takeFor, type AddressBuckets, type Bucket } from './rate.ts';
import { relay } from './relay.ts';
import type { ConnectionId } from './room.ts';

/** All that a server knows. */
export interface Context {
  readonly door: Door;
  readonly guests: Map<ConnectionId, Guest>;
  readonly socketsOf: Map<string, number>;
  readonly connectionRate: AddressBuckets;
  readonly entryRate: AddressBuckets;
  readonly messageRate: AddressBuckets;
  readonly relayRate: Bucket;
  readonly now: () => number;
  nextId: ConnectionId;
  /** Since the server began. */
  relayedBytes: number;
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

/** Lets the door decide, and sends what it decided. */
export function tellDoor(context: Context, event: DoorEvent): void {
  deliver(context.guests, step(context.door, event, context.now()));
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
