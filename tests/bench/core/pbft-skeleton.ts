/**
 * The floor of the language: the messages of PBFT in a fault-free view, and nothing that makes them safe. No digests,
 * no signatures, no checkpoints; votes are counted, and what a quorum committed is executed in order and answered.
 */
import type { ClientRequest } from '#protocols/core/client.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import { Service } from '#protocols/core/service.ts';
import { ClosedLoop, type Load, type Subject } from './subject.ts';

type Message =
  | { readonly type: 'pre-prepare'; readonly n: number; readonly batch: readonly ClientRequest[] }
  | { readonly type: 'prepare' | 'commit'; readonly n: number };

interface Slot {
  batch: readonly ClientRequest[] | null;
  prepares: number;
  commits: number;
  prepared: boolean;
}

interface Node {
  readonly slots: Map<number, Slot>;
  readonly service: Service;
  executed: number;
  index: number;
  inbox: Message[];
}

export class PbftSkeleton implements Subject {
  readonly #nodes: Node[];
  readonly #quorum: number;
  #committed = 0;
  #proposed = 0;

  constructor(n: number) {
    this.#quorum = byzantineQuorum(n);
    this.#nodes = Array.from({ length: n }, () => {
      return { slots: new Map(), service: new Service(), executed: 0, index: 0, inbox: [] };
    });
  }

  get decisions(): number {
    return this.#nodes[0]?.executed ?? 0;
  }

  commit(count: number, load: Load): void {
    const loop = new ClosedLoop(this.#committed + 1, count, load);
    this.#committed += count;
    const [primary] = this.#nodes as [Node];
    while (!loop.isDone) {
      for (const batch of loop.due())
        this.#say({ type: 'pre-prepare', n: ++this.#proposed, batch });
      const before = primary.index;
      for (const node of this.#nodes) {
        const { inbox } = node;
        node.inbox = [];
        for (const message of inbox) this.#receive(node, message);
      }
      loop.answered(primary.index - before);
    }
  }

  #say(message: Message): void {
    for (const node of this.#nodes) node.inbox.push(message);
  }

  #receive(node: Node, message: Message): void {
    let slot = node.slots.get(message.n);
    if (!slot) {
      // Late votes on what was executed and forgotten.
      if (message.n <= node.executed) return;
      slot = { batch: null, prepares: 0, commits: 0, prepared: false };
      node.slots.set(message.n, slot);
    }
    if (message.type === 'pre-prepare') {
      slot.batch = message.batch;
      if (node !== this.#nodes[0]) this.#say({ type: 'prepare', n: message.n });
    } else if (message.type === 'prepare') slot.prepares++;
    else slot.commits++;
    if (!slot.prepared && slot.batch && slot.prepares >= this.#quorum - 1) {
      slot.prepared = true;
      this.#say({ type: 'commit', n: message.n });
    }
    execute(node, this.#quorum);
  }
}

function execute(node: Node, quorum: number): void {
  for (;;) {
    const slot = node.slots.get(node.executed + 1);
    if (!slot?.batch || !slot.prepared || slot.commits < quorum) return;
    node.slots.delete(++node.executed);
    for (const request of slot.batch) node.service.execute(request, ++node.index);
  }
}
