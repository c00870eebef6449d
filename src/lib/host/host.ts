/**
 * The event loop round one replica, the same in a tab and in the simulator. It takes all that has arrived, steps the
 * core once for each, makes one durable write for the whole turn, and only then lets out what depends on it (K2).
 *
 * - Due timers go before the inbox, client requests after it: one batch of all that the turn brought.
 * - What the core sends before the turn's first `persist` leaves at once, so that a leader's appends travel while
 *   its own disk works; everything after waits for the disk.
 * - What the core says is signed before it leaves and before it comes back; the disk works meanwhile.
 * - What a replica sends itself goes ahead of the inbox and never through the network.
 * - A clock that stood still (a closed lid, a pause) becomes one `wake`, not a burst of timeouts (K13).
 */
import type { ClientMessage } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import type { DurableState, Effect, Event, Replica, Ticks } from '#protocols/core/replica.ts';
import { ask } from './asking.ts';
import { ownStatementsIn } from './claims.ts';
import type { Arrival, Environment } from './environment.ts';
import type { HostCounters, HostOptions } from './host-options.ts';
import { Departures, type DeparturesContext } from './departures.ts';
import { LogicalClock } from './logical-clock.ts';
import { MachineClock } from './machine-clock.ts';
import type { Outbox } from './outbox.ts';
import { Senders } from './senders.ts';
import { Signing } from './signing.ts';
import { Timers } from './timers.ts';
import type { TracedCause, TracedEffect } from './trace.ts';

export class Host<M, S, N> {
  readonly counters: HostCounters = { stale: 0, overflowed: 0 };
  readonly #replica: Replica<M, S, N>;
  readonly #environment: Environment<M, N>;
  readonly #options: HostOptions;
  readonly #timers = new Timers();
  readonly #time: MachineClock;
  readonly #clock: LogicalClock;
  readonly #senders: Senders;
  readonly #departures: Departures<M>;
  #events = 0;
  #inbox: Arrival<M>[] = [];
  #loopback: M[] = [];
  /** Stepping, or waiting for the disk or the signer. */
  #busy = false;
  #running = false;
  #halted = false;
  #alarmAt: Ticks | null = null;

  constructor(replica: Replica<M, S, N>, environment: Environment<M, N>, options: HostOptions) {
    this.#replica = replica;
    this.#environment = environment;
    this.#options = options;
    this.#time = new MachineClock(() => environment.now());
    this.#senders = new Senders(options.cluster);
    this.#departures = new Departures(this.#departing());
    this.#clock = new LogicalClock(options.voters.indexOf(options.self), options.voters.length);
  }

  /** First call of a life: the core learns what its disk holds. */
  start(durable: DurableState): void {
    const { incarnation } = this.#options;
    this.#busy = true;
    this.#step(
      { type: 'start', durable, incarnation },
      { type: 'start', incarnation, records: durable.size },
    );
    this.#finishTurn();
  }

  /** Something decoded and checked has arrived. Order within one sender is kept. */
  receive(arrival: Arrival<M>): void {
    if (this.#halted) return;
    if ('envelope' in arrival && !this.#senders.accept(arrival.from, arrival.envelope)) {
      this.counters.stale++;
      // Nobody need wait for what it would have said.
      return this.#options.turned?.();
    }
    if (this.#inbox.length >= limits.inboxEnvelopesMax) {
      this.#inbox.shift();
      this.counters.overflowed++;
    }
    this.#inbox.push(arrival);
    this.#time.noticeStall(this.#alarmAt, this.#options.stallTicks);
    this.#run();
  }

  /** The environment's alarm rang. */
  alarm(): void {
    this.#time.noticeStall(this.#alarmAt, this.#options.stallTicks);
    this.#alarmAt = null;
    this.#run();
  }

  /** Its person holds clock and inbox while the room's time goes on. */
  pause(): void {
    this.#time.pause();
    this.#setAlarm();
  }

  /** Ends a pause. The core hears once how long it was. */
  wake(): void {
    this.#time.wake();
    this.#run();
  }

  /** The room's time stops, for everybody. */
  freeze(): void {
    this.#time.freeze();
    this.#setAlarm();
  }

  /** Time goes on as if it had never stopped. */
  unfreeze(): void {
    this.#time.unfreeze();
    this.#run();
  }

  get #atRest(): boolean {
    return this.#halted || this.#time.atRest;
  }

  /** Turns until nothing is left to do, or disk or signer must be waited for. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    while (!this.#busy && !this.#atRest && this.#hasWork()) {
      this.#busy = true;
      this.#turn();
      this.#options.turned?.();
      this.#finishTurn();
    }
    this.#running = false;
    if (!this.#busy) this.#setAlarm();
  }

  #hasWork(): boolean {
    if (this.#inbox.length > 0 || this.#loopback.length > 0) return true;
    if (this.#time.hasLost) return true;
    const next = this.#timers.next();
    return next !== null && next <= this.#time.now();
  }

  #turn(): void {
    const now = this.#time.now();
    const lost = this.#time.takeLost();
    if (lost !== null) this.#stepWake(lost);
    this.#stepLoopback();
    for (let due = this.#timers.takeDue(now); due; due = this.#timers.takeDue(now)) {
      const { timer, setAt } = due;
      this.#step({ type: 'timeout', timer }, { type: 'timeout', timer, silentTicks: now - setAt });
      this.#stepLoopback();
    }
    const inbox = this.#inbox;
    this.#inbox = [];
    const requests: ClientMessage[] = [];
    for (const arrival of inbox) {
      if (arrival.type === 'requests') requests.push(...arrival.requests);
      else if ('envelope' in arrival) this.#stepEnvelope(arrival);
      else if (arrival.type === 'answer') this.#stepPlain(arrival);
      else this.#stepPlain({ type: 'operate', operation: arrival.operation });
    }
    if (requests.length > 0) this.#stepPlain({ type: 'request', requests });
  }

  #stepWake(elapsedTicks: Ticks): void {
    // Every timer set before is out of date; the core sets anew those that it wants.
    this.#timers.clear();
    this.#stepPlain({ type: 'wake', elapsedTicks });
  }

  #stepPlain(event: Extract<Event<M>, TracedCause<M>>): void {
    this.#step(event, event);
    this.#stepLoopback();
  }

  #stepEnvelope({ type, from, envelope }: Extract<Arrival<M>, { envelope: unknown }>): void {
    this.#clock.observe(envelope.lamport, envelope.clock);
    for (const message of envelope.messages) {
      const receive = { type: 'receive', from, message } as const;
      this.#step(type === 'envelope' ? receive : { ...receive, type }, receive);
      this.#stepLoopback();
    }
  }

  #stepLoopback(): void {
    while (this.#loopback.length > 0) {
      const messages = this.#loopback;
      this.#loopback = [];
      for (const message of messages) {
        const receive = { type: 'receive', from: this.#options.self, message } as const;
        this.#step(receive, receive);
      }
    }
  }

  #step(event: Event<M>, cause: TracedCause<M>): void {
    const effects = this.#replica.step(event);
    this.#events++;
    this.#clock.tick(this.#events);
    const traced: TracedEffect<M, N>[] = [];
    for (const effect of effects) traced.push(this.#perform(effect));
    this.#environment.trace?.({
      replica: this.#options.self,
      incarnation: this.#options.incarnation,
      number: this.#events,
      at: this.#environment.wallClock(),
      lamport: this.#clock.lamport,
      clock: this.#clock.vector(),
      cause,
      effects: traced,
    });
  }

  #perform(effect: Effect<M, N>): TracedEffect<M, N> {
    switch (effect.type) {
      case 'persist':
        this.#departures.write(effect.writes);
        return { type: 'persist', records: effect.writes.length };
      case 'send': {
        const back = this.#departures.send(effect.to, effect.message);
        if (back !== null) this.#loopback.push(back);
        return effect;
      }
      case 'setTimer': {
        const { timer, ticksMin, ticksMax } = effect;
        const ticks = ticksMin + (this.#environment.random() % (ticksMax - ticksMin + 1));
        this.#timers.set(timer, this.#time.now(), ticks);
        return { type: 'setTimer', timer, ticks };
      }
      case 'cancelTimer':
        this.#timers.cancel(effect.timer);
        return effect;
      case 'reply':
        this.#departures.reply(effect.to, effect.reply);
        return effect;
      case 'ask':
        ask(this.#options, effect.job, (answer) => this.receive({ type: 'answer', answer }));
        return effect;
      case 'apply':
      case 'restore':
      case 'note':
        return effect;
    }
  }

  #departing(): DeparturesContext<M> {
    const { self, signer } = this.#options;
    return {
      self,
      signing: signer && new Signing(signer),
      persist: (writes, done) => this.#environment.persist(writes, done),
      release: (outbox) => this.#release(outbox),
      failed: (why) => this.#halt(why),
    };
  }

  #finishTurn(): void {
    this.#departures.finish(() => {
      this.#busy = false;
      this.#run();
    });
  }

  #release(outbox: Outbox<M>): void {
    if (this.#halted) return;
    this.#loopback.push(...outbox.loopback);
    if (!outbox.hasOutgoing) return;
    const { self, voters, cluster, incarnation, watch } = this.#options;
    const { lamport } = this.#clock;
    const head = { cluster, incarnation, lamport, clock: this.#clock.vector() };
    const outgoing = outbox.outgoing(head);
    for (const { envelope } of watch ? outgoing.messages : []) {
      const own = ownStatementsIn(envelope.messages, self, voters);
      own.forEach((statement) => watch?.(statement));
    }
    this.#environment.send(outgoing);
  }

  #halt(why: string): void {
    this.#halted = true;
    this.#inbox = [];
    this.#setAlarm();
    this.#environment.halted(why);
  }

  #setAlarm(): void {
    const next = this.#atRest ? null : this.#timers.next();
    const at = next === null ? null : this.#time.machineTime(next);
    if (at === this.#alarmAt) return;
    this.#alarmAt = at;
    this.#environment.setAlarm(at);
  }
}
