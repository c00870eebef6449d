/**
 * The door of a room without a server of ours: one of the tabs keeps it, at the room's first place at a PeerServer, by the
 * rules of our own server's door and in its words. It keeps nothing: when its tab goes, another one makes the door anew
 * from what the others say, as a restarted server does.
 */
import { bytesToHex, randomBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { createDoor, step } from '#signaling/door.ts';
import { parseToServer } from '#signaling/inbound.ts';
import { doorCloses, doorLimits, peerIdPattern, slotMax } from '#signaling/messages.ts';
import type { DoorError, IceServers, ToServer, ToTab } from '#signaling/messages.ts';
import { isProved } from '#signaling/proof.ts';
import { createBucket, messageCost, rates, take, type Bucket } from '#signaling/rate.ts';
import type { ConnectionId } from '#signaling/room.ts';
import { decodeText } from '../mesh/control.ts';
import { meshLimits } from '../mesh/limits.ts';
import type { PeerCall } from '../mesh/peerjs-call.ts';
import type { PeerLine } from '../mesh/peerjs-line.ts';
import type { Clock } from '../tab/clock.ts';
import type { DoorLine, DoorLineEvents } from './door-line.ts';

export interface KeeperOptions {
  /** At place 0 of the room. The keeper gives it back. */
  readonly line: PeerLine;
  readonly code: string;
  readonly iceServers: IceServers;
  readonly clock: Clock;
}

/** Calls that may be opening or open from one place: one that is replaced by its next, and one more. */
const callsPerSlotMax = 3;
/** What waits for a tab that has stopped reading. */
const bufferedBytesMax = 1_048_576;

interface Guest {
  /** Where it called from, by the PeerServer's word. */
  readonly slot: number;
  /** Fresh for each, so that a proof cannot be used twice. */
  readonly nonce: string;
  readonly messages: Bucket;
  readonly entries: Bucket;
  say(text: string): void;
  end(code: number, why: string): void;
}

type Entry = Extract<ToServer, { type: 'create' | 'join' | 'resume' }>;
/** All of an event that is not about when and where it happened. */
type Said = Exclude<ToServer, { type: 'signal' }> | { readonly type: 'disconnect' };

export class DoorKeeper {
  readonly #options: KeeperOptions;
  readonly #door = createDoor(1);
  readonly #guests = new Map<ConnectionId, Guest>();
  readonly #calls = new Map<number, Set<PeerCall>>();
  #opened = 0;
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    const { line } = options;
    line.onCall(
      (from) => slotOf(from) > 0 && this.#callsFrom(slotOf(from)).size < callsPerSlotMax,
      (call, from) => this.#onCall(call, slotOf(from)),
    );
    line.onLost((why) => this.close(why));
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** This tab's own line to the door, from its place `slot`. */
  open(slot: number, events: DoorLineEvents): DoorLine {
    const id = this.#receive(slot, {
      say: (text) => queueMicrotask(() => this.#guests.has(id) && events.heard(text)),
      end: (code, why) => events.ended(code, why),
    });
    return {
      send: (message) => {
        if (typeof message === 'string') this.#hear(id, message);
      },
      close: () => this.#depart(id),
    };
  }

  /** Hangs up on everybody: they find another one who keeps the door, or keep it. */
  close(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const guests = [...this.#guests.values()];
    this.#guests.clear();
    for (const guest of guests) guest.end(doorCloses.goingAway, why);
    for (const calls of this.#calls.values()) for (const call of calls) call.close();
    this.#options.line.close();
  }

  #callsFrom(slot: number): Set<PeerCall> {
    const calls = this.#calls.get(slot) ?? new Set();
    this.#calls.set(slot, calls);
    return calls;
  }

  #onCall(call: PeerCall, slot: number): void {
    const calls = this.#callsFrom(slot);
    calls.add(call);
    const over = (): void => void calls.delete(call);
    const { clock } = this.#options;
    const timer = clock.setTimeout(() => call.fail('it did not open'), meshLimits.connectTimeoutMs);
    call.watch({
      opened: () => {
        clock.clear(timer);
        const id = this.#receive(slot, {
          say: (text) => {
            if (call.bufferedAmount > bufferedBytesMax) call.fail('it reads no more');
            else call.send(utf8ToBytes(text) as Uint8Array<ArrayBuffer>);
          },
          end: () => call.close(),
        });
        call.onMessage((bytes) => this.#hear(id, decodeText(bytes) ?? ''));
        call.onClose(() => this.#depart(id));
      },
      failed: over,
      over,
    });
  }

  #receive(slot: number, ends: Pick<Guest, 'say' | 'end'>): ConnectionId {
    const id = `tab.${++this.#opened}`;
    const now = this.#options.clock.now();
    const nonce = bytesToHex(randomBytes(16));
    const messages = createBucket(rates.messagesPerSocket, now);
    const entries = createBucket(rates.entriesPerSocket, now);
    this.#guests.set(id, { slot, nonce, messages, entries, ...ends });
    this.#tell(id, { type: 'welcome', nonce, iceServers: this.#options.iceServers });
    return id;
  }

  #hear(id: ConnectionId, text: string): void {
    const guest = this.#guests.get(id);
    if (!guest) return;
    const now = this.#options.clock.now();
    if (!take(guest.messages, rates.messagesPerSocket, now, messageCost(text.length))) return;
    const message = text.length > doorLimits.messageBytesMax ? null : parseToServer(text);
    if (message === null) return this.#refuse(id, 'bad-message');
    if (message.type === 'create' || message.type === 'join' || message.type === 'resume') {
      this.#admit(id, guest, message);
    } else if (message.type === 'signal') this.#passOn(id, message);
    else this.#step(id, message);
  }

  #admit(id: ConnectionId, guest: Guest, message: Entry): void {
    const { clock, code } = this.#options;
    const { member, proof } = message;
    if (!take(guest.entries, rates.entriesPerSocket, clock.now())) {
      return this.#refuse(id, 'too-fast');
    }
    const meant = message.type === 'create' ? '' : message.code;
    if (!isProved(guest.nonce, { member, code: meant, proof })) {
      return this.#refuse(id, 'bad-proof');
    }
    const placed = { ...member, slot: guest.slot };
    // Only who keeps the door opens the room: it does so before anybody can call.
    const isFirst = message.type === 'create' && !this.#door.rooms.has(code);
    if (meant === code || isFirst) this.#step(id, { ...message, member: placed });
    else this.#refuse(id, 'no-such-room');
  }

  /** A knock of one member at another. */
  #passOn(id: ConnectionId, { to, data }: Extract<ToServer, { type: 'signal' }>): void {
    const room = this.#door.rooms.get(this.#options.code);
    const from = room?.seats.get(id);
    const receiver = room?.present.get(to);
    if (from !== undefined && receiver)
      this.#tell(receiver.connection, { type: 'signal', from, data });
    else this.#tell(id, { type: 'error', error: 'not-there', about: to });
  }

  #step(connection: ConnectionId, said: Said): void {
    const at = this.#options.clock.now();
    const event = { ...said, connection, code: this.#options.code, at };
    for (const item of step(this.#door, event, at)) {
      if (!('close' in item)) this.#tell(item.to, item.message);
      else {
        // A call ends without a reason: it is said before.
        if (item.close === 'replaced') this.#refuse(item.to, 'replaced');
        const guest = this.#guests.get(item.to);
        this.#guests.delete(item.to);
        guest?.end(doorCloses[item.close], '');
      }
    }
  }

  #depart(id: ConnectionId): void {
    if (this.#guests.delete(id)) this.#step(id, { type: 'disconnect' });
  }

  #refuse(to: ConnectionId, error: DoorError): void {
    this.#tell(to, { type: 'error', error });
  }

  #tell(to: ConnectionId, message: ToTab): void {
    this.#guests.get(to)?.say(JSON.stringify(message));
  }
}

/** The place in its room of who calls; 0 for the door, and for whoever has none. */
export function slotOf(id: string): number {
  const slot = Number(peerIdPattern.exec(id)?.[1] ?? 0);
  return slot <= slotMax ? slot : 0;
}
