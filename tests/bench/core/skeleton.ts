/**
 * The floor of the language: the messages of Raft in a fault-free term, and nothing that makes them safe. The leader
 * appends and sends; a follower appends and acknowledges; the leader counts, executes and answers.
 */
import type { ClientRequest } from '#protocols/core/client.ts';
import { Service } from '#protocols/core/service.ts';
import { ClosedLoop, type Load, type Subject } from './subject.ts';

type Message =
  | {
      readonly type: 'append';
      readonly previous: number;
      readonly entries: readonly ClientRequest[];
      readonly commit: number;
    }
  | { readonly type: 'acknowledge'; readonly from: number; readonly match: number };

interface Node {
  readonly log: ClientRequest[];
  readonly match: number[];
  readonly service: Service;
  commit: number;
  inbox: Message[];
}

export class SkeletonCluster implements Subject {
  readonly #nodes: Node[];
  #committed = 0;

  constructor(n: number) {
    this.#nodes = Array.from({ length: n }, () => {
      return { log: [], match: Array(n).fill(0), service: new Service(), commit: 0, inbox: [] };
    });
  }

  commit(count: number, load: Load): void {
    const leader = this.#nodes[0] as Node;
    const loop = new ClosedLoop(this.#committed + 1, count, load);
    this.#committed += count;
    while (!loop.isDone) {
      for (const requests of loop.due()) this.#append(leader, requests);
      const before = leader.commit;
      for (const [i, node] of this.#nodes.entries()) {
        const { inbox } = node;
        node.inbox = [];
        for (const message of inbox) this.#receive(i, node, message);
      }
      loop.answered(leader.commit - before);
    }
  }

  #append(leader: Node, entries: readonly ClientRequest[]): void {
    const previous = leader.log.length;
    leader.log.push(...entries);
    leader.match[0] = leader.log.length;
    const message = { type: 'append', previous, entries, commit: leader.commit } as const;
    for (const node of this.#nodes) if (node !== leader) node.inbox.push(message);
  }

  #receive(i: number, node: Node, message: Message): void {
    if (message.type === 'append') {
      node.log.push(...message.entries);
      execute(node, message.commit);
      const match = message.previous + message.entries.length;
      this.#nodes[0]?.inbox.push({ type: 'acknowledge', from: i, match });
      return;
    }
    node.match[message.from] = message.match;
    const descending = [...node.match].sort((a, b) => b - a);
    execute(node, descending[Math.floor(node.match.length / 2)] as number);
  }
}

function execute(node: Node, commit: number): void {
  while (node.commit < commit) {
    const request = node.log[node.commit++] as ClientRequest;
    node.service.execute(request, node.commit);
  }
}
