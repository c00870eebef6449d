/** The Raft core of this project. A write is done as soon as it is asked for. */
import type { Event } from '#protocols/core/replica.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { createReplica } from '#protocols/raft/replica.ts';
import type { Rules } from '#protocols/raft/rules.ts';
import { ClosedLoop, type Load, type Subject } from './subject.ts';

type Inbox = Event<RaftMessage>[];

export class SynodCluster implements Subject {
  readonly #replicas: ReturnType<typeof createReplica>[];
  readonly #inboxes: Inbox[];
  readonly #places: ReadonlyMap<ReplicaId, number>;
  #committed = 0;
  #answered = 0;

  /** @param rules of the replicas, if not the honest ones */
  constructor(n: number, rules?: Rules) {
    const ids = Array.from({ length: n }, (_, i) => i.toString(16).padStart(32, '0') as ReplicaId);
    this.#places = new Map(ids.map((id, i) => [id, i]));
    this.#inboxes = ids.map(() => []);
    this.#replicas = ids.map((self) => {
      const service = new Service();
      return createReplica({ self, voters: ids, timing: profiles.fast, service }, rules);
    });
    for (const [i] of ids.entries()) {
      this.#step(i, { type: 'start', durable: new Map(), incarnation: 1 });
    }
    this.#step(0, { type: 'timeout', timer: 'election' });
    this.#settle();
  }

  commit(count: number, load: Load): void {
    const loop = new ClosedLoop(this.#committed + 1, count, load);
    this.#committed += count;
    while (!loop.isDone) {
      for (const requests of loop.due()) this.#step(0, { type: 'request', requests });
      this.#answered = 0;
      this.#round();
      loop.answered(this.#answered);
    }
  }

  #settle(): void {
    while (this.#inboxes.some(({ length }) => length > 0)) this.#round();
  }

  /** Every replica handles all that has come for it. */
  #round(): void {
    for (const i of this.#replicas.keys()) {
      const events = this.#inboxes[i] as Inbox;
      this.#inboxes[i] = [];
      for (const event of events) this.#step(i, event);
    }
  }

  #step(i: number, event: Event<RaftMessage>): void {
    const replica = this.#replicas[i] as ReturnType<typeof createReplica>;
    const { self } = replica.state;
    for (const effect of replica.step(event)) {
      if (effect.type === 'reply') this.#answered++;
      if (effect.type !== 'send') continue;
      const received = { type: 'receive', from: self, message: effect.message } as const;
      for (const to of effect.to) {
        if (to === self) this.#step(i, received);
        else this.#inboxes[this.#places.get(to) as number]?.push(received);
      }
    }
  }
}
