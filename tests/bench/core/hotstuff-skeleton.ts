/**
 * The floor of the language: the messages of HotStuff with a leader for each view and no fault, and nothing that makes them
 * safe. Requests go to all, a leader proposes, all vote to the next leader, who counts and proposes; a block is executed
 * and answered once so many are proposed upon it. No digests, no signatures, no certificates.
 */
import type { ClientRequest } from '#protocols/core/client.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import { Service } from '#protocols/core/service.ts';
import { ClosedLoop, type Load, type Subject } from './subject.ts';

type Message =
  | { readonly type: 'request'; readonly batch: readonly ClientRequest[] }
  | { readonly type: 'proposal'; readonly view: number; readonly batch: readonly ClientRequest[] }
  | { readonly type: 'vote'; readonly view: number };

interface Node {
  readonly blocks: Map<number, readonly ClientRequest[]>;
  readonly votes: Map<number, number>;
  readonly service: Service;
  readonly waiting: (readonly ClientRequest[])[];
  index: number;
  inbox: Message[];
}

export class HotStuffSkeleton implements Subject {
  readonly #nodes: Node[];
  readonly #quorum: number;
  /** Blocks upon one by which it is committed. */
  readonly #depth: number;
  #committed = 0;
  #view = 0;

  constructor(n: number, depth: number) {
    this.#quorum = byzantineQuorum(n);
    this.#depth = depth;
    this.#nodes = Array.from({ length: n }, () => {
      const [blocks, votes, service] = [new Map(), new Map(), new Service()];
      return { blocks, votes, service, waiting: [], index: 0, inbox: [] };
    });
  }

  get decisions(): number {
    return Math.max(0, this.#view - this.#depth);
  }

  commit(count: number, load: Load): void {
    const loop = new ClosedLoop(this.#committed + 1, count, load);
    this.#committed += count;
    const [first] = this.#nodes as [Node];
    const due: ClientRequest[][] = [];
    let handed = this.#view;
    if (this.#view === 0) this.#propose();
    while (!loop.isDone) {
      due.push(...loop.due());
      if (due.length > 0 && this.#view >= handed) {
        handed = this.#view + 1;
        const batch = due.shift() ?? [];
        for (const node of this.#nodes) node.inbox.push({ type: 'request', batch });
      }
      const before = first.index;
      for (const node of this.#nodes) {
        const { inbox } = node;
        node.inbox = [];
        for (const message of inbox) this.#receive(node, message);
      }
      loop.answered(first.index - before);
    }
  }

  #propose(): void {
    const leader = this.#nodes[++this.#view % this.#nodes.length] as Node;
    const message = { type: 'proposal', view: this.#view, batch: leader.waiting[0] ?? [] } as const;
    for (const node of this.#nodes) node.inbox.push(message);
  }

  #receive(node: Node, message: Message): void {
    if (message.type === 'request') {
      node.waiting.push(message.batch);
      return;
    }
    const { view } = message;
    if (message.type === 'proposal') {
      if (message.batch.length > 0) node.waiting.shift();
      node.blocks.set(view, message.batch);
      this.#nodes[(view + 1) % this.#nodes.length]?.inbox.push({ type: 'vote', view });
      const committed = node.blocks.get(view - this.#depth) ?? [];
      node.blocks.delete(view - this.#depth);
      for (const request of committed) node.service.execute(request, ++node.index);
      return;
    }
    const votes = (node.votes.get(view) ?? 0) + 1;
    node.votes.set(view, votes);
    if (votes === this.#quorum) this.#propose();
    if (votes === this.#nodes.length) node.votes.delete(view);
  }
}
