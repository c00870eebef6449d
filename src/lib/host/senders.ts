/** Which life of each sender was heard last: what an earlier one sent is stale. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Envelope } from './environment.ts';

export class Senders {
  readonly #cluster: string;
  readonly #newest = new Map<ReplicaId, number>();

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  /** Whether `envelope` is of this epoch and of no life of its sender that is over. */
  accept(from: ReplicaId, { cluster, incarnation }: Envelope<unknown>): boolean {
    if (cluster !== this.#cluster) return false;
    const newest = this.#newest.get(from) ?? -1;
    if (incarnation > newest) this.#newest.set(from, incarnation);
    return incarnation >= newest;
  }
}
