/**
 * The rooms of this process, shared with others by the bus. A room is a replicated state machine: its events go out on
 * the room's topic, which hands them to every process in one order, and each steps them and answers its own sockets.
 *
 * Who takes part later asks on the topic what the room is; whoever has it answers as of the question, and what came
 * after it is stepped on top. When the bus fails each process goes on alone, and when it is back they lay together what
 * they have (replica.ts). What a process had that died is gone after some silence; its tabs come back by another.
 */
import { decodeParcel, encodeParcel, parseRoomMessage, topicOf } from './bus-messages.ts';
import type { Load, Parcel, RoomMessage, RoomState } from './bus-messages.ts';
import type { RoomBus } from './bus.ts';
import type { Counts } from './counts.ts';
import { expire, leastMissed, step, type Door, type DoorEvent } from './door.ts';
import { deliver, sendMessage, sendRelayed, type Guest } from './guests.ts';
import { merge, roomOf, stateOf } from './replica.ts';
import { drawCode } from './draw-code.ts';
import { processOf, refuse, type ConnectionId, type Outgoing, type Room } from './room.ts';

export interface RoomsOptions {
  readonly door: Door;
  readonly guests: ReadonlyMap<ConnectionId, Guest>;
  readonly bus: RoomBus;
  readonly counts: Counts;
  /** What the codes of rooms opened here begin with. */
  readonly firstLetters: string;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

type Entering = Extract<DoorEvent, { member: object }>;
type Apart<E, Keys extends PropertyKey> = E extends unknown ? Omit<E, Keys> : never;
/** What a guest asked for; `code` is empty when it opens a room. */
export type Entry = Apart<Entering, 'at' | 'connection'>;
/** What somebody does who is in. */
type Order = Apart<Exclude<DoorEvent, Entering>, 'at' | 'code' | 'connection'>;

/** A room whose topic this process hears. */
interface Topic {
  /** Entries of ours on their way. */
  entering: number;
  /** `null`: the room is known here, or known to be nowhere. */
  question: Question | null;
}

interface Question {
  /** What came since we asked; `null`: our question itself has not come yet. */
  since: RoomMessage[] | null;
  /** Answers to wait for; `null` while unknown. */
  expected: number | null;
  answers: number;
  readonly waiting: ((exists: boolean) => void)[];
  readonly timer: NodeJS.Timeout;
}

/** Somebody who was there to ask may be gone by now. */
const answerMs = 2_000;

export class Rooms {
  readonly #topics = new Map<string, Topic>();
  readonly #options: RoomsOptions;

  constructor(options: RoomsOptions) {
    this.#options = options;
    options.bus.start({
      told: (bytes) => this.#take(decodeParcel(bytes)),
      lost: (process) => this.#lose(process),
      found: () => this.#layTogether(),
    });
  }

  /** Lets `guest` in, wherever its room is kept, or tells it why not. */
  enter(guest: Guest, entry: Entry): void {
    guest.entering = true;
    const code = entry.type === 'create' ? drawCode(this.#options.firstLetters) : entry.code;
    this.#attach(code, (exists) => {
      if (entry.type === 'create' && exists) this.enter(guest, entry);
      else if (entry.type === 'join' && !exists) this.#turnAway(guest, 'no-such-room');
      else if (!exists && !this.#makePlace()) this.#turnAway(guest, 'server-full');
      else {
        const topic = this.#topics.get(code);
        if (topic) topic.entering++;
        this.#publish({ ...entry, code, connection: guest.id, at: Date.now() });
      }
    });
  }

  /** Something that `guest` does in the room it is in. */
  order(guest: Guest, order: Order): void {
    if (guest.code !== null) {
      const { code, id: connection } = guest;
      this.#publish({ ...order, code, connection, at: Date.now() });
    } else if (order.type === 'lock' || order.type === 'remove') {
      this.#deliver(refuse(guest.id, 'not-allowed'));
    }
  }

  /** For whom `guest` speaks; `null`: for nobody. */
  memberOf({ code, id }: Guest): string | null {
    return (code !== null && this.#options.door.rooms.get(code)?.seats.get(id)) || null;
  }

  /** Hands something of `guest` to the member `to` of its room, or says that it is not there. */
  pass(guest: Guest, to: string, load: Load): void {
    const { door, bus } = this.#options;
    const notThere = (): void => this.#deliver(refuse(guest.id, 'not-there', to));
    const room = guest.code === null ? undefined : door.rooms.get(guest.code);
    const target = room?.seats.has(guest.id) ? room.present.get(to) : undefined;
    if (!room || !target) return notThere();
    const parcel: Parcel = { code: room.code, to, ...load };
    const process = processOf(target.connection);
    if (process === bus.process) return this.#take(parcel);
    bus.tell(process, encodeParcel(parcel), (was) => {
      if (!was) notThere();
    });
  }

  /** Forgets rooms that nobody came back to. */
  expire(): void {
    for (const code of expire(this.#options.door, this.#options.now())) this.#settle(code);
  }

  #take(parcel: Parcel | null): void {
    const target = parcel && this.#options.door.rooms.get(parcel.code)?.present.get(parcel.to);
    const receiver = target && this.#options.guests.get(target.connection);
    if (!receiver) return;
    if ('signal' in parcel) sendMessage(receiver, parcel.signal);
    else sendRelayed(receiver, parcel.frame);
  }

  #turnAway(guest: Guest, why: 'no-such-room' | 'server-full'): void {
    guest.entering = false;
    this.#deliver(refuse(guest.id, why));
  }

  /** Whether one more room fits. A full server gives up the room that has been empty longest. */
  #makePlace(): boolean {
    const { door } = this.#options;
    if (door.rooms.size < door.roomsMax) return true;
    const code = leastMissed(door);
    if (code === null) return false;
    door.rooms.delete(code);
    this.#settle(code);
    return true;
  }

  #attach(code: string, known: (exists: boolean) => void): void {
    const { bus, door } = this.#options;
    const topic = this.#topics.get(code);
    if (topic?.question) return void topic.question.waiting.push(known);
    if (topic) return known(door.rooms.has(code));
    const timer = setTimeout(() => this.#answered(code, null), answerMs).unref();
    const question: Question = { since: null, expected: null, answers: 0, waiting: [known], timer };
    this.#topics.set(code, { entering: 0, question });
    const receive = (text: string): void => this.#receive(code, parseRoomMessage(text));
    bus.listen(topicOf(code), receive, () => {
      this.#say(code, { type: 'ask', from: bus.process }, (processes) => {
        question.expected = processes - 1;
        this.#countAnswers(code, question);
      });
    });
  }

  #receive(code: string, message: RoomMessage | null): void {
    const question = this.#topics.get(code)?.question;
    if (!message) this.#options.counts.busMessagesBad++;
    else if (!question) this.#handle(code, message);
    else if (message.type === 'ask') this.#hearAsk(code, question, message.from);
    else if (question.since === null) return;
    else if (message.type !== 'state') question.since.push(message);
    else if (message.to === this.#options.bus.process)
      this.#hearState(code, question, message.state);
  }

  #hearAsk(code: string, question: Question, from: string): void {
    if (from !== this.#options.bus.process) {
      return this.#say(code, { type: 'state', to: from, state: null });
    }
    question.since = [];
    this.#countAnswers(code, question);
  }

  #hearState(code: string, question: Question, state: RoomState | null): void {
    if (state) return this.#answered(code, state);
    question.answers++;
    this.#countAnswers(code, question);
  }

  #countAnswers(code: string, { since, expected, answers }: Question): void {
    if (since !== null && expected !== null && answers >= expected) this.#answered(code, null);
  }

  /** The question is settled: `state` as of it, or no process has the room. */
  #answered(code: string, state: RoomState | null): void {
    const topic = this.#topics.get(code);
    const { door, now } = this.#options;
    if (!topic?.question) return;
    const { since, waiting, timer } = topic.question;
    clearTimeout(timer);
    topic.question = null;
    if (state) door.rooms.set(code, roomOf(code, state, now()));
    for (const message of since ?? []) this.#handle(code, message);
    for (const known of waiting) known(door.rooms.has(code));
    this.#settle(code);
  }

  #handle(code: string, message: RoomMessage): void {
    const { door, bus } = this.#options;
    const room = door.rooms.get(code);
    if (message.type === 'event') this.#step(message.event);
    else if (message.type === 'ask' && message.from !== bus.process) {
      this.#say(code, { type: 'state', to: message.from, state: room ? stateOf(room) : null });
    } else if (message.type === 'merge' && message.from !== bus.process) this.#merge(code, message);
  }

  #step(event: DoorEvent): void {
    const { door, bus, now } = this.#options;
    this.#deliver(step(door, event, now()));
    if ('member' in event && typeof event.member === 'object') {
      if (processOf(event.connection) === bus.process) this.#entered(event.code, event.connection);
    }
  }

  /** An entry of ours has been stepped: the guest is in, or has read why not. */
  #entered(code: string, connection: ConnectionId): void {
    const topic = this.#topics.get(code);
    if (topic) topic.entering--;
    const guest = this.#options.guests.get(connection);
    const isIn = this.#options.door.rooms.get(code)?.seats.has(connection) ?? false;
    if (guest) {
      guest.entering = false;
      // A tab may go from room to room on one connection.
      if (isIn && guest.code !== code) {
        this.order(guest, { type: 'disconnect' });
        guest.code = code;
      }
    }
    if (isIn) this.#showOutGhosts(code);
    this.#settle(code);
  }

  /** Gives up seats that speak for sockets of ours which are gone or elsewhere by now. */
  #showOutGhosts(code: string): void {
    const { door, guests, bus } = this.#options;
    for (const connection of [...(door.rooms.get(code)?.seats.keys() ?? [])]) {
      if (processOf(connection) !== bus.process || guests.get(connection)?.code === code) continue;
      this.#publish({ type: 'disconnect', code, connection, at: Date.now() });
    }
  }

  #lose(process: string | null): void {
    const { door, bus, now } = this.#options;
    const isLost = (owner: string): boolean =>
      process === null ? owner !== bus.process : owner === process;
    for (const { code, seats } of door.rooms.values()) {
      for (const connection of [...seats.keys()]) {
        if (!isLost(processOf(connection))) continue;
        this.#deliver(step(door, { type: 'disconnect', code, connection, at: 0 }, now()));
      }
    }
  }

  #layTogether(): void {
    for (const room of this.#options.door.rooms.values()) this.#offer(room, true);
  }

  #offer(room: Room, answer: boolean): void {
    const from = this.#options.bus.process;
    this.#say(room.code, { type: 'merge', from, state: stateOf(room), answer });
  }

  #merge(code: string, { from, state, answer }: Extract<RoomMessage, { type: 'merge' }>): void {
    const { door, now } = this.#options;
    const room = door.rooms.get(code) ?? roomOf(code, { ...state, present: [] }, now());
    door.rooms.set(code, room);
    this.#deliver(merge(room, state, { from, now: now() }));
    this.#showOutGhosts(code);
    if (answer) this.#offer(room, false);
  }

  /** Hears a topic no longer than it has a room or may get one. */
  #settle(code: string): void {
    const topic = this.#topics.get(code);
    if (!topic || topic.question || topic.entering > 0) return;
    if (this.#options.door.rooms.has(code)) return;
    this.#topics.delete(code);
    this.#options.bus.leave(topicOf(code));
  }

  #publish(event: DoorEvent): void {
    this.#say(event.code, { type: 'event', event });
  }

  #say(code: string, message: RoomMessage, reached?: (processes: number) => void): void {
    this.#options.bus.publish(topicOf(code), JSON.stringify(message), reached);
  }

  #deliver(outgoing: readonly Outgoing[]): void {
    deliver(this.#options.guests, outgoing);
  }
}
