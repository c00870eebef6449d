/**
 * A bus over the pub/sub of Redis or Valkey, by ioredis, which is loaded only with this file. Redis hands out what is
 * published in one order, and to one subscriber over one connection. Nothing is stored there.
 *
 * Pub/sub forgets: a process that was cut off for a moment has missed something and does not know what. So when either
 * connection breaks, or our own heartbeat does not come back, this process gives up the others, goes on alone, and says
 * so; when Redis is back it asks to lay together what each has (`found`).
 */
import { Redis } from 'ioredis';
import { inOrder, newProcessName, type BusEvents, type BusStatus, type RoomBus } from './bus.ts';
import type { Log } from './log.ts';

export interface RedisBusOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly log: Log;
  /** How often each process shows that it lives, ms. Who has been silent for three of our own beats is given up. */
  readonly beatMs?: number;
}

const prefix = 'synod/1/';
const beats = `${prefix}processes`;
const addressOf = (process: string): string => `${prefix}process/${process}`;
const silentBeats = 3;
const reconnectMsMax = 2_000;
/** On the way to Redis: more than that, and it does not keep up. */
const tellingBytesMax = 64 * 1_048_576;
/** Of processes that were given up, whose return is to be noticed. */
const lostMax = 1_024;
const goodbyeMs = 1_000;

const clientOptions = {
  lazyConnect: true,
  // What cannot be sent at once is of no use later: this process goes on alone.
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (times: number) => Math.min(reconnectMsMax, 100 * times),
};

interface Underway {
  readonly topic: string;
  readonly text: string;
  readonly reached: (processes: number) => void;
}

const nobody = (): void => undefined;

export class RedisBus implements RoomBus {
  readonly process = newProcessName();
  readonly #speaker: Redis;
  readonly #listener: Redis;
  readonly #log: Log;
  readonly #beatMs: number;
  readonly #topics = new Map<string, (text: string) => void>();
  /** Published and not heard back, by number. */
  readonly #underway = new Map<number, Underway>();
  /** Our beats since each other process was heard: a time would make our own stall look like theirs. */
  readonly #heard = new Map<string, number>();
  readonly #lost = new Set<string>();
  readonly #inOrder = inOrder();
  #events: BusEvents | null = null;
  #timer: NodeJS.Timeout | null = null;
  #state: 'away' | 'rising' | 'up' | 'closed' = 'away';
  #beatsUnanswered = 0;
  #published = 0;
  #tellingBytes = 0;
  #saidAway = false;

  constructor({ url, log, beatMs = 2_000 }: RedisBusOptions) {
    this.#log = log;
    this.#beatMs = beatMs;
    this.#speaker = new Redis(url, clientOptions);
    this.#listener = new Redis(url, clientOptions);
  }

  get status(): BusStatus {
    return { kind: 'redis', connected: this.#state === 'up', others: this.#heard.size };
  }

  start(events: BusEvents): void {
    this.#events = events;
    this.#listener.on('messageBuffer', (channel: Buffer, message: Buffer) =>
      this.#receive(channel.toString('utf8'), message),
    );
    for (const client of [this.#speaker, this.#listener]) {
      client.on('ready', () => void this.#rise());
      client.on('close', () => this.#fall('its connection ended'));
      client.on('error', (error: Error) => this.#fall(error.message));
      client.connect().catch(nobody);
    }
    this.#timer = setInterval(() => this.#beat(), this.#beatMs).unref();
  }

  listen(topic: string, receive: (text: string) => void, listening: () => void): void {
    this.#topics.set(topic, receive);
    if (this.#state !== 'up') return listening();
    // A connection that broke meanwhile gives up all others anyway.
    this.#listener.subscribe(prefix + topic).then(listening, listening);
  }

  leave(topic: string): void {
    this.#topics.delete(topic);
    if (this.#state === 'up') this.#listener.unsubscribe(prefix + topic).catch(nobody);
  }

  publish(topic: string, text: string, reached: (processes: number) => void = nobody): void {
    const message = { topic, text, reached };
    if (this.#state !== 'up') return this.#handOut(message);
    const number = ++this.#published;
    this.#underway.set(number, message);
    this.#speaker.publish(prefix + topic, `${this.process} ${number} ${text}`).then(
      (processes) => {
        if (this.#underway.has(number) || this.#state === 'up') reached(processes);
      },
      (error: Error) => this.#fall(error.message),
    );
  }

  tell(process: string, bytes: Buffer, reached: (was: boolean) => void): void {
    const isFull = this.#tellingBytes + bytes.length > tellingBytesMax;
    if (this.#state !== 'up' || isFull) return reached(false);
    this.#tellingBytes += bytes.length;
    const done = (was: boolean): void => {
      this.#tellingBytes -= bytes.length;
      reached(was);
    };
    this.#speaker.publish(addressOf(process), bytes).then(
      (processes) => done(processes > 0),
      () => done(false),
    );
  }

  async close(): Promise<void> {
    const wasUp = this.#state === 'up';
    if (this.#timer) clearInterval(this.#timer);
    const goodbye = wasUp ? this.#speaker.publish(beats, `${this.process} bye`) : null;
    this.#state = 'closed';
    const patience = new Promise((resolve) => setTimeout(resolve, goodbyeMs).unref());
    await Promise.race([goodbye?.catch(nobody), patience]);
    this.#speaker.disconnect();
    this.#listener.disconnect();
  }

  /** Both connections stand: hears everything again, and then speaks. */
  async #rise(): Promise<void> {
    if (this.#state !== 'away') return;
    if (this.#speaker.status !== 'ready' || this.#listener.status !== 'ready') return;
    this.#state = 'rising';
    const topics = [...this.#topics.keys()];
    try {
      await this.#listener.subscribe(beats, addressOf(this.process));
      for (const topic of topics) await this.#listener.subscribe(prefix + topic);
    } catch {
      return this.#fall('it let nobody listen');
    }
    if (this.#now() !== 'rising') return;
    this.#state = 'up';
    // What somebody began to hear, or ceased to, while we were at it.
    for (const topic of this.#topics.keys()) {
      if (!topics.includes(topic)) this.#listener.subscribe(prefix + topic).catch(nobody);
    }
    this.#beatsUnanswered = 0;
    this.#saidAway = false;
    this.#log.warn('The bus is there: rooms are shared with other processes.');
    this.#beat();
    this.#events?.found();
  }

  /** The state as it is by now: TypeScript does not see that it changes while something is awaited. */
  #now(): string {
    return this.#state;
  }

  #fall(why: string): void {
    if (this.#state === 'closed') return;
    if (!this.#saidAway) {
      this.#saidAway = true;
      this.#log.warn(`The bus is away (${why}): rooms go on inside this process alone.`);
    }
    if (this.#state === 'away') return;
    this.#state = 'away';
    for (const client of [this.#speaker, this.#listener]) {
      if (client.status === 'ready') client.disconnect(true);
    }
    this.#heard.clear();
    this.#events?.lost(null);
    const underway = [...this.#underway.values()];
    this.#underway.clear();
    for (const message of underway) this.#handOut(message);
  }

  /** To this process alone, as if it were all there is. */
  #handOut({ topic, text, reached }: Underway): void {
    this.#inOrder(() => {
      reached(1);
      this.#topics.get(topic)?.(text);
    });
  }

  #receive(channel: string, message: Buffer): void {
    if (this.#state !== 'up') return;
    if (channel === addressOf(this.process)) return this.#events?.told(message);
    const text = message.toString('utf8');
    const [process = '', number = ''] = text.split(' ', 2);
    if (channel === beats) return this.#onBeat(process, number);
    if (process === this.process && !this.#underway.delete(Number(number))) return;
    const receive = this.#topics.get(channel.slice(prefix.length));
    this.#inOrder(() => receive?.(text.slice(process.length + number.length + 2)));
  }

  #onBeat(process: string, word: string): void {
    if (process === this.process) {
      this.#beatsUnanswered = 0;
    } else if (word === 'bye') {
      this.#giveUp(process);
      this.#lost.delete(process);
    } else {
      this.#heard.set(process, 0);
      if (this.#lost.delete(process)) this.#events?.found();
    }
  }

  #beat(): void {
    if (this.#state !== 'up') return;
    if (this.#beatsUnanswered++ >= silentBeats) return this.#fall('it does not answer');
    for (const [process, silent] of this.#heard) {
      if (silent >= silentBeats) this.#giveUp(process);
      else this.#heard.set(process, silent + 1);
    }
    this.#speaker.publish(beats, `${this.process} lives`).catch(nobody);
  }

  #giveUp(process: string): void {
    if (!this.#heard.delete(process)) return;
    this.#lost.add(process);
    for (const oldest of this.#lost) if (this.#lost.size > lostMax) this.#lost.delete(oldest);
    this.#log.info('process lost');
    this.#events?.lost(process);
  }
}
