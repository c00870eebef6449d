/** The clients of a simulated cluster: pure cores that ask, ask again, repeat themselves and vanish (F21). */
import { Client, type Operation } from '#protocols/core/client-core.ts';
import type {
  ClientEffect,
  ClientMessage,
  ClientReply,
  Command,
  ReadMode,
  Served,
} from '#protocols/core/client.ts';
import { clientId, type ClientId, type MemberId, type ReplicaId } from '#protocols/core/ids.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import { RequestSigning } from '#lib/host/request-signing.ts';
import { isLater, type Signer } from '#lib/host/signer.ts';
import type { FaultCounts } from './counts.ts';
import type { EventQueue } from './queue.ts';
import { Random } from './random.ts';

/** What a client asked and heard, with the place in the log where it says it executed or was read. */
export interface Asked extends Operation {
  /** `log`: as request `seq`; else as query `seq`, as asked for until the answer says how. */
  served: Served;
  answeredAt: Ticks | null;
  result: Operation['result'];
  index: number | null;
  /** Whether it counts though it was not committed yet where it was executed. */
  tentative: boolean;
}

export interface ClientsContext {
  readonly seed: number;
  readonly count: number;
  readonly replicas: readonly ReplicaId[];
  readonly repliesNeeded: number;
  readonly quorum: number;
  readonly retryTicks: Ticks;
  readonly repeatPerMille: number;
  readonly queue: EventQueue;
  readonly counts: FaultCounts;
  /** How the replicas answer queries; where they do not, what would be one is a command. */
  readonly reads: readonly ReadMode[];
  /** `null` where clients sign nothing. */
  readonly signerOf: ((member: MemberId) => Signer) | null;
  readonly send: (client: number, replica: number, requests: readonly ClientMessage[]) => void;
}

interface Seat {
  readonly id: ClientId;
  readonly core: Client;
  readonly signing: RequestSigning | null;
  /** Unanswered requests by number, and unanswered queries. */
  readonly asked: Map<number, Asked>;
  readonly queried: Map<number, Asked>;
}

/** More unanswered requests than this and a client waits: an outage must not fill the log with the past. */
const unansweredMax = 8;

function unansweredIn({ asked, queried }: Seat): number {
  return asked.size + queried.size;
}

export class Clients {
  /** All that was ever asked, in order. */
  readonly history: Asked[] = [];
  readonly #context: ClientsContext;
  readonly #random: Random;
  readonly #members: readonly MemberId[];
  readonly #seats: Seat[] = [];
  #born = 0;

  constructor(context: ClientsContext) {
    this.#context = context;
    this.#random = new Random(context.seed, 'clients');
    this.#members = Array.from(
      { length: context.count },
      (_, i) => `c000${i.toString(16).padStart(28, '0')}` as MemberId,
    );
    for (let i = 0; i < context.count; i++) this.#seats.push(this.#newSeat(i));
  }

  /** Whether client `i` exists and has so little unanswered that it asks on. */
  mayAsk(i: number): boolean {
    const seat = this.#seats[i];
    return seat !== undefined && unansweredIn(seat) < unansweredMax;
  }

  /** Client `i` asks for `commands`, all in one turn. */
  ask(i: number, ...commands: readonly Command[]): void {
    const seat = this.#seats[i];
    if (!seat) return;
    const { core, asked } = seat;
    const first = core.nextSeq;
    for (const [k, command] of commands.entries()) {
      asked.set(first + k, this.#record(seat, { seq: first + k, command, served: 'log' }));
    }
    this.#perform(i, seat, core.submit(commands));
  }

  /** Reads outside the log: as `read` says, or in the first way that the replicas offer. */
  query(i: number, key: string, read: ReadMode): void {
    const seat = this.#seats[i];
    if (!seat) return;
    const { reads } = this.#context;
    const way = reads.includes(read) ? read : reads[0];
    if (way === undefined) return this.ask(i, { op: 'get', key });
    const { core, queried } = seat;
    const [seq, command] = [core.nextQuery, { op: 'get', key }] as const;
    queried.set(seq, this.#record(seat, { seq, command, served: way }));
    this.#perform(i, seat, core.query(key, way));
  }

  /** The client never speaks again, and another takes its place. */
  vanish(i: number): void {
    if (!this.#seats[i]) return;
    this.#context.counts.F21++;
    this.#seats[i] = this.#newSeat(i);
  }

  hear(i: number, from: ReplicaId, to: string, replies: readonly ClientReply[]): boolean {
    const seat = this.#seats[i];
    if (!seat || seat.id !== to) return false;
    this.#perform(i, seat, seat.core.onReply(from, replies));
    return true;
  }

  /** The network's numbers of all clients, which come after those of the `machines`. */
  endpoints(machines: number): number[] {
    return this.#seats.map((_, i) => machines + i);
  }

  /** Which seat `client` holds or held; the member of its id says it. */
  seatOf(client: ClientId): number {
    return Number(`0x${client.slice(4, 32)}`);
  }

  /** The member whose client sits at `i`. */
  memberOf(i: number): MemberId {
    return this.#members[i] as MemberId;
  }

  /** Requests of clients still there whose outcome is unknown. */
  unanswered(): number {
    return this.#seats.reduce((sum, seat) => sum + unansweredIn(seat), 0);
  }

  #record(
    { id: client }: Seat,
    asked: { readonly seq: number; readonly command: Command; readonly served: Served },
  ): Asked {
    const { seq, command, served } = asked;
    const calledAt = this.#context.queue.now;
    const entry: Asked = {
      seq,
      command,
      served,
      client,
      calledAt,
      answeredAt: null,
      result: null,
      index: null,
      tentative: false,
    };
    this.history.push(entry);
    return entry;
  }

  #newSeat(i: number): Seat {
    const { replicas, repliesNeeded, quorum, retryTicks, signerOf } = this.#context;
    const member = this.memberOf(i);
    const self = clientId(member, (++this.#born).toString(16).padStart(8, '0'));
    const preferred = replicas.map((_, k) => replicas[(i + k) % replicas.length] as ReplicaId);
    const core = new Client({ self, replicas: preferred, repliesNeeded, quorum, retryTicks });
    const signing = signerOf && new RequestSigning(signerOf(member));
    return { id: self, core, signing, asked: new Map(), queried: new Map() };
  }

  #perform(i: number, seat: Seat, effects: readonly ClientEffect[]): void {
    const { queue } = this.#context;
    for (const effect of effects) {
      if (effect.type === 'send') this.#send(i, seat, effect);
      else if (effect.type === 'setTimer') {
        queue.after(effect.ticks, () => {
          if (this.#seats[i] !== seat) return false;
          this.#perform(i, seat, seat.core.onTimer());
          return true;
        });
      } else {
        const [open, number] =
          effect.type === 'settled' ? [seat.asked, effect.seq] : [seat.queried, effect.query];
        const asked = open.get(number);
        if (!asked) continue;
        open.delete(number);
        asked.answeredAt = queue.now;
        asked.result = effect.result;
        asked.index = effect.index;
        asked.tentative = effect.tentative;
        if (effect.type === 'answered') asked.served = effect.served;
      }
    }
  }

  #send(i: number, { signing }: Seat, { to, requests }: Extract<ClientEffect, { type: 'send' }>) {
    const { replicas, send, repeatPerMille, counts } = this.#context;
    const replica = replicas.indexOf(to);
    const signed = signing ? signing.sign(requests) : requests;
    if (isLater(signed)) throw new Error('in a simulated world signing takes no time');
    send(i, replica, signed);
    if (!this.#random.chance(repeatPerMille)) return;
    counts.F21++;
    send(i, this.#random.between(0, replicas.length - 1), signed);
  }
}
