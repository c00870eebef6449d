/** What runs in the client's worker: the pure client, its timer, and the ways to the replicas. */
import { Client } from '#protocols/core/client-core.ts';
import type { ClientEffect, Command, Result, Served } from '#protocols/core/client.ts';
import { ownerOf, type ReplicaId } from '#protocols/core/ids.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { RequestSigning } from '../host/request-signing.ts';
import { decodeReplies, encodeJson } from '../host/wire.ts';
import { ClientHistory } from './client-history.ts';
import { signerFor } from './epoch-keys.ts';
import { Load } from './load.ts';
import type { FromClient, LineToClient, LineToReplica, ToClient } from './worker-messages.ts';

type Boot = Extract<ToClient, { type: 'boot' }>;
type Settled = Extract<FromClient, { type: 'settled' }>;

/** A command handed in; `id` is `null` for one of a load. */
interface Submitted {
  readonly id: number | null;
  readonly at: number;
  /** In the history; `null` if it is not kept. */
  readonly place: number | null;
}

export class ClientProcess {
  readonly #post: (message: FromClient) => void;
  readonly #submitted = new Map<number, Submitted>();
  readonly #queried = new Map<number, Submitted>();
  readonly #history = new ClientHistory(
    () => performance.now(),
    () => Date.now(),
  );
  #boot: Boot | null = null;
  #client: Client | null = null;
  /** The line to the replica of this tab, while it runs. */
  #line: MessagePort | null = null;
  #load: Load | null = null;
  /** `null` in a protocol whose clients sign nothing. */
  #signing: Promise<RequestSigning> | null = null;
  /** What was asked for before has been signed and handed on. */
  #handedOn: Promise<void> = Promise.resolve();

  constructor(post: (message: FromClient) => void) {
    this.#post = post;
  }

  take(message: ToClient): void {
    switch (message.type) {
      case 'boot':
        return this.#start(message);
      case 'replica':
        return this.#connect(message.port);
      case 'submit':
        return this.#submit(message.id, [message.command]);
      case 'query':
        return this.#query(message);
      case 'load':
        this.#load = new Load(
          message,
          (commands) => this.#submit(null, commands),
          (report) => this.#post({ type: 'loaded', report }),
        );
        return;
      case 'reply':
        return this.#receive(message.from, message.bytes);
      case 'history': {
        const page = this.#history.page(message.first);
        return this.#post({ type: 'history', id: message.id, page });
      }
    }
  }

  #submit(id: number | null, commands: readonly Command[]): void {
    const client = this.#client;
    if (!client) return;
    const at = performance.now();
    const first = client.nextSeq;
    for (const [i, command] of commands.entries()) {
      const place = this.#history.called(command, 'log');
      this.#submitted.set(first + i, { id, at, place });
    }
    this.#perform(client.submit(commands));
  }

  #query({ id, key, read }: Extract<ToClient, { type: 'query' }>): void {
    const client = this.#client;
    if (!client) return;
    const place = this.#history.called({ op: 'get', key }, read);
    this.#queried.set(client.nextQuery, { id, at: performance.now(), place });
    this.#perform(client.query(key, read));
  }

  #start(boot: Boot): void {
    this.#boot = boot;
    const { self, epoch } = boot;
    const protocol = protocolNamed(epoch.protocol);
    const own = ownerOf(self);
    if (protocol.signed) {
      const signer = signerFor({ self: own, secretKey: boot.secretKey, epoch });
      this.#signing = signer.then((holder) => new RequestSigning(holder));
    }
    // The tab's own replica first; the others from a place of this client's own, so that observers spread.
    const others = epoch.voters.filter((voter) => voter !== own);
    const turn = others.length > 0 ? parseInt(self.slice(-8), 16) % others.length : 0;
    const rotated = [...others.slice(turn), ...others.slice(0, turn)];
    this.#client = new Client({
      self,
      replicas: epoch.voters.includes(own) ? [own, ...rotated] : rotated,
      repliesNeeded: protocol.repliesNeeded(epoch.voters.length, epoch.switches),
      quorum: protocol.quorum(epoch.voters.length),
      retryTicks: epoch.timing.clientRetryTicks,
    });
    // Until its line is there, the own replica cannot take anything.
    this.#perform(this.#client.onUnavailable(own));
  }

  #connect(port: MessagePort | null): void {
    if (!this.#boot || !this.#client) return;
    const own = ownerOf(this.#boot.self);
    this.#line?.close();
    this.#line = port;
    if (!port) return this.#perform(this.#client.onUnavailable(own));
    port.onmessage = ({ data }: MessageEvent<LineToClient>) => {
      const replies = data.map(({ reply }) => reply);
      if (this.#client) this.#perform(this.#client.onReply(own, replies));
    };
    this.#client.onAvailable(own);
  }

  #receive(from: ReplicaId, bytes: Uint8Array): void {
    const decoded = decodeReplies(bytes);
    if (!decoded.ok) return this.#post({ type: 'refused', from, error: decoded.error });
    if (!this.#boot || !this.#client) return;
    const { self, epoch } = this.#boot;
    if (decoded.value.cluster !== epoch.cluster) return;
    const replies = decoded.value.replies.filter(({ client }) => client === self);
    this.#perform(
      this.#client.onReply(
        from,
        replies.map(({ reply }) => reply),
      ),
    );
  }

  #perform(effects: readonly ClientEffect[]): void {
    const loaded: number[] = [];
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          this.#send(effect.to, effect.requests);
          break;
        case 'setTimer': {
          // Spread between one and one and a half times, so that clients do not retry together.
          const wait = effect.ticks * (1 + Math.random() / 2);
          setTimeout(() => this.#client && this.#perform(this.#client.onTimer()), wait);
          break;
        }
        case 'settled': {
          const submitted = this.#submitted.get(effect.seq);
          if (!submitted) break;
          this.#submitted.delete(effect.seq);
          this.#record(submitted, 'log', effect.result);
          if (submitted.id === null) loaded.push(performance.now() - submitted.at);
          else this.#settle(submitted, { ...effect, served: 'log' });
          break;
        }
        case 'answered': {
          const queried = this.#queried.get(effect.query);
          this.#queried.delete(effect.query);
          if (!queried) break;
          this.#record(queried, effect.served, effect.result);
          this.#settle(queried, effect);
          break;
        }
      }
    }
    if (loaded.length > 0) this.#load?.settled(loaded);
  }

  #record({ place }: Submitted, served: Served, result: Result): void {
    if (place !== null) this.#history.answered(place, served, result);
  }

  #settle(
    { id, at }: Submitted,
    answer: Pick<Settled, 'served' | 'index' | 'result' | 'tentative'>,
  ): void {
    if (id === null) return;
    const { served, index, result, tentative } = answer;
    const latencyMs = performance.now() - at;
    this.#post({ type: 'settled', id, served, index, result, tentative, latencyMs });
  }

  #send(to: ReplicaId, requests: LineToReplica): void {
    if (!this.#signing) return this.#handOn(to, requests);
    const signed = this.#signing.then((signing) => signing.sign(requests));
    this.#handedOn = this.#handedOn.then(async () => this.#handOn(to, await signed));
  }

  #handOn(to: ReplicaId, requests: LineToReplica): void {
    const boot = this.#boot as Boot;
    if (to === ownerOf(boot.self)) this.#line?.postMessage(requests);
    else {
      const bytes = encodeJson({ cluster: boot.epoch.cluster, requests });
      this.#post({ type: 'send', to, bytes });
    }
  }
}
