/** The live world of one replica: a worker's timers, its disk, the page's links and the tab's own client. */
import { ownerOf, type ReplicaId } from '#protocols/core/ids.ts';
import type { Ticks, Write } from '#protocols/core/replica.ts';
import type { AddressedReply, Environment, Outgoing } from '../host/environment.ts';
import type { Envelopes } from '../host/envelopes.ts';
import type { PersistOutcome, Storage } from '../host/storage.ts';
import type { TraceEvent } from '../host/trace.ts';
import { encodeJson } from '../host/wire.ts';
import type { Section } from '../mesh/transport.ts';
import type { Dispatch, LineToClient } from './worker-messages.ts';

export interface TabEnvironmentOptions<M, N> {
  readonly self: ReplicaId;
  readonly cluster: string;
  readonly storage: Storage;
  readonly envelopes: Envelopes<M>;
  readonly dispatch: (dispatches: readonly Dispatch[]) => void;
  readonly trace: (event: TraceEvent<M, N>) => void;
  readonly halted: (why: string) => void;
}

export class TabEnvironment<M, N> implements Environment<M, N> {
  /** Called when the alarm rings: set by who makes the host. */
  onAlarm: () => void = () => undefined;
  /** The line to the client worker of this tab, if it has one. */
  client: MessagePort | null = null;
  readonly #options: TabEnvironmentOptions<M, N>;
  readonly #random = new Uint32Array(256);
  #drawn = 256;
  #alarm: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TabEnvironmentOptions<M, N>) {
    this.#options = options;
  }

  now(): Ticks {
    return Math.floor(performance.now());
  }

  wallClock(): number {
    return Date.now();
  }

  setAlarm(at: Ticks | null): void {
    clearTimeout(this.#alarm);
    if (at === null) return;
    this.#alarm = setTimeout(() => this.onAlarm(), Math.max(0, at - performance.now()));
  }

  random(): number {
    if (this.#drawn === this.#random.length) {
      crypto.getRandomValues(this.#random);
      this.#drawn = 0;
    }
    return this.#random[this.#drawn++] as number;
  }

  send(outgoing: Outgoing<M>): void {
    const sections = new Map<ReplicaId, Section[]>();
    const dispatches: Dispatch[] = [];
    const replies = this.#repliesByOwner(outgoing.replies);
    for (const [owner, theirs] of replies) {
      const reply = { cluster: this.#options.cluster, replies: theirs };
      sections.set(owner, [{ kind: 'reply', bytes: encodeJson(reply) }]);
    }
    for (const { to, envelope } of outgoing.messages) {
      const consensus = this.#options.envelopes.encode(envelope).map((bytes): Section => ({
        kind: 'consensus',
        bytes,
      }));
      const alone = to.filter((member) => !sections.has(member));
      if (alone.length > 0) dispatches.push({ to: alone, sections: consensus });
      for (const member of to) sections.get(member)?.push(...consensus);
    }
    for (const [member, theirs] of sections) dispatches.push({ to: [member], sections: theirs });
    if (dispatches.length > 0) this.#options.dispatch(dispatches);
  }

  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void {
    this.#options.storage.persist(writes, done);
  }

  trace(event: TraceEvent<M, N>): void {
    this.#options.trace(event);
  }

  halted(why: string): void {
    this.#options.halted(why);
  }

  /** Hands this tab's client its replies directly and groups the others by the member they go to. */
  #repliesByOwner(replies: readonly AddressedReply[]): Map<ReplicaId, AddressedReply[]> {
    const byOwner = new Map<ReplicaId, AddressedReply[]>();
    for (const reply of replies) {
      const owner = ownerOf(reply.client);
      const theirs = byOwner.get(owner);
      if (theirs) theirs.push(reply);
      else byOwner.set(owner, [reply]);
    }
    const own = byOwner.get(this.#options.self);
    if (own && this.client) {
      this.client.postMessage(own satisfies LineToClient);
      byOwner.delete(this.#options.self);
    }
    return byOwner;
  }
}
