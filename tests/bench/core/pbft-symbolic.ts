/**
 * The PBFT core of this project under symbolic signatures: each is made and checked where a host does it, as far as it is
 * of use, digests are real, a write is done as soon as it is asked for, and no timer rings.
 */
import type { SignedRequest } from '#protocols/core/client.ts';
import { ownerOf, type ReplicaId } from '#protocols/core/ids.ts';
import type { Event } from '#protocols/core/replica.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import { createReplica } from '#protocols/pbft/replica.ts';
import { useOf } from '#protocols/pbft/use-of.ts';
import { claimsIn } from '#lib/host/claims.ts';
import { Signing } from '#lib/host/signing.ts';
import { SymbolicKeys } from '#lib/simulator/symbolic.ts';
import { ClosedLoop, requestOf, type Load, type Subject } from './subject.ts';

interface Node {
  readonly replica: ReturnType<typeof createReplica>;
  readonly signing: Signing;
  inbox: Received[];
}
type Received = Extract<Event<PbftMessage>, { type: 'receive' }>;
type Asked = Extract<Event<PbftMessage>, { type: 'request' }>;

const domain = { protocol: 'pbft', version: 1, cluster: 'ab'.repeat(32), epoch: 1 };

export class PbftCluster implements Subject {
  readonly #nodes: Node[];
  readonly #keys: SymbolicKeys;
  readonly #places: ReadonlyMap<ReplicaId, number>;
  readonly #client = ownerOf(requestOf(1, 1).client);
  #committed = 0;
  #answered = 0;

  constructor(n: number) {
    const ids = Array.from({ length: n }, (_, i) => i.toString(16).padStart(32, '0') as ReplicaId);
    this.#keys = new SymbolicKeys(1, domain, ids);
    this.#places = new Map(ids.map((id, i) => [id, i]));
    this.#nodes = ids.map((self) => {
      const context = { self, voters: ids, timing: profiles.fast, service: new Service() };
      const signing = new Signing(this.#keys.signerOf(self));
      return { replica: createReplica(context), signing, inbox: [] };
    });
    const start = { type: 'start', durable: new Map(), incarnation: 1 } as const;
    for (const node of this.#nodes) this.#step(node, start);
  }

  /** Batches that the primary has executed. */
  get decisions(): number {
    return this.#nodes[0]?.replica.state.executed ?? 0;
  }

  commit(count: number, load: Load): void {
    const loop = new ClosedLoop(this.#committed + 1, count, load);
    this.#committed += count;
    const client = this.#keys.signerOf(this.#client);
    const [primary] = this.#nodes as [Node];
    while (!loop.isDone) {
      for (const batch of loop.due()) {
        const requests = batch.map((request) => client.signRequest(request) as SignedRequest);
        this.#receive(primary, { type: 'request', requests });
      }
      this.#answered = 0;
      for (const node of this.#nodes) this.#turn(node);
      loop.answered(this.#answered);
    }
  }

  /** `node` handles all that has come for it. */
  #turn(node: Node): void {
    const { inbox } = node;
    node.inbox = [];
    for (const event of inbox) this.#receive(node, event);
    node.signing.endTurn();
  }

  #receive(node: Node, event: Received | Asked): void {
    if (event.type === 'receive' && useOf(node.replica.state, event.message) === 'settled') {
      return this.#step(node, { ...event, type: 'unverified' });
    }
    const { statements, requests } = claimsIn(event);
    if (!statements.every((statement) => this.#keys.verify(statement))) return;
    if (!requests.every((request) => this.#keys.verifyRequest(request))) return;
    this.#step(node, event);
  }

  #step(node: Node, event: Event<PbftMessage>): void {
    const { self } = node.replica.state;
    for (const effect of node.replica.step(event)) {
      if (effect.type === 'reply' && self === this.#nodes[0]?.replica.state.self) this.#answered++;
      if (effect.type !== 'send') continue;
      const message = node.signing.sign(effect.message) as PbftMessage;
      const received = { type: 'receive', from: self, message } as const;
      for (const to of effect.to) {
        if (to === self) this.#step(node, received);
        else this.#nodes[this.#places.get(to) as number]?.inbox.push(received);
      }
    }
  }
}
