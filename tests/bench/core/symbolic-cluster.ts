/**
 * A protocol core of this project under symbolic signatures: each is made and checked where a host does it, as far as it is
 * of use, digests are real, a write is done as soon as it is asked for, and no timer rings. Replicas hand each other their
 * very objects, but no core keeps what it worked out on them: each hashes what it proposes, and what it receives, itself.
 */
import type { SignedRequest } from '#protocols/core/client.ts';
import { ownerOf, type ReplicaId } from '#protocols/core/ids.ts';
import type { Event, Replica } from '#protocols/core/replica.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import { claimsIn, type Claims } from '#lib/host/claims.ts';
import { Signing } from '#lib/host/signing.ts';
import { SymbolicKeys } from '#lib/simulator/symbolic.ts';
import type { Measured } from './protocols.ts';
import { ClosedLoop, requestOf, type Load, type Subject } from './subject.ts';

interface Node<M, S, N> {
  readonly self: ReplicaId;
  readonly replica: Replica<M, S, N>;
  readonly signing: Signing;
  inbox: Received<M>[];
}
type Received<M> = Extract<Event<M>, { type: 'receive' }>;
type Asked<M> = Extract<Event<M>, { type: 'request' }>;

export class SymbolicCluster<M, S, N> implements Subject {
  readonly #measured: Measured<M, S, N>;
  readonly #nodes: Node<M, S, N>[];
  readonly #keys: SymbolicKeys;
  readonly #places: ReadonlyMap<ReplicaId, number>;
  readonly #client = ownerOf(requestOf(1, 1).client);
  #committed = 0;
  #answered = 0;
  /** Batches handed over, and those of them that were proposed. */
  #handed = 0;
  #proposed = 0;

  constructor(measured: Measured<M, S, N>, n: number) {
    const { protocol: measuredProtocol, switches = [] } = measured;
    const { name: protocol, version, create } = measuredProtocol;
    const domain = { protocol, version, cluster: 'ab'.repeat(32), epoch: 1 };
    const ids = Array.from({ length: n }, (_, i) => i.toString(16).padStart(32, '0') as ReplicaId);
    this.#measured = measured;
    this.#keys = new SymbolicKeys(1, domain, ids);
    this.#places = new Map(ids.map((id, i) => [id, i]));
    this.#nodes = ids.map((self) => {
      const service = new Service();
      const context = { self, voters: ids, timing: profiles.fast, service, switches };
      const signing = new Signing(this.#keys.signerOf(self));
      return { self, replica: create(context), signing, inbox: [] };
    });
    const start = { type: 'start', durable: new Map(), incarnation: 1 } as const;
    for (const node of this.#nodes) this.#step(node, start);
  }

  /** Batches or blocks that the first replica has executed. */
  get decisions(): number {
    const [first] = this.#nodes as [Node<M, S, N>];
    return this.#measured.decisions(first.replica.state);
  }

  /** The first replica takes all requests. Each batch is handed over when the one before was proposed, so that none grows. */
  commit(count: number, load: Load): void {
    const loop = new ClosedLoop(this.#committed + 1, count, load);
    this.#committed += count;
    const client = this.#keys.signerOf(this.#client);
    const [first] = this.#nodes as [Node<M, S, N>];
    const due: SignedRequest[][] = [];
    while (!loop.isDone) {
      for (const batch of loop.due()) {
        due.push(batch.map((request) => client.signRequest(request) as SignedRequest));
      }
      this.#answered = 0;
      while (due.length > 0 && this.#proposed >= this.#handed) {
        this.#handed++;
        this.#receive(first, { type: 'request', requests: due.shift() ?? [] });
      }
      for (const node of this.#nodes) this.#turn(node);
      loop.answered(this.#answered);
    }
  }

  /** `node` handles all that has come for it. */
  #turn(node: Node<M, S, N>): void {
    const { inbox } = node;
    node.inbox = [];
    for (const event of inbox) this.#receive(node, event);
    node.signing.endTurn();
  }

  #receive(node: Node<M, S, N>, event: Received<M> | Asked<M>): void {
    const isMessage = event.type === 'receive';
    const { useOf } = this.#measured.protocol;
    if (isMessage && useOf?.(node.replica.state, event.message) === 'settled') {
      return this.#step(node, { ...event, type: 'unverified' });
    }
    if (this.#isGood(claimsIn(isMessage ? event.message : event.requests))) this.#step(node, event);
  }

  #isGood({ statements, requests, aggregates }: Claims): boolean {
    for (const statement of statements) if (!this.#keys.verify(statement)) return false;
    for (const request of requests) if (!this.#keys.verifyRequest(request)) return false;
    for (const one of aggregates) if (!this.#keys.aggregates.verify(one)) return false;
    return true;
  }

  #step(node: Node<M, S, N>, event: Event<M>): void {
    const { self } = node;
    for (const effect of node.replica.step(event)) {
      if (effect.type === 'reply' && node === this.#nodes[0]) this.#answered++;
      if (effect.type === 'ask') {
        this.#step(node, { type: 'answer', answer: this.#keys.aggregates.answer(effect.job) });
      }
      if (effect.type !== 'send') continue;
      if (this.#measured.proposes(effect.message)) this.#proposed++;
      const message = node.signing.sign(effect.message) as M;
      const received = { type: 'receive', from: self, message } as const;
      for (const to of effect.to) {
        if (to === self) this.#step(node, received);
        else this.#nodes[this.#places.get(to) as number]?.inbox.push(received);
      }
    }
  }
}
