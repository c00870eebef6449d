/** Whom a client turns to: the replicas in the order of its preference, who of them is away, and who leads. */
import { LeaderHints } from './client-hints.ts';
import type { ReplicaId } from './ids.ts';

export class Directory {
  readonly #replicas: readonly ReplicaId[];
  readonly #mayLie: boolean;
  readonly #hints: LeaderHints;
  readonly #away = new Set<ReplicaId>();

  /** @param repliesNeeded replicas that must say the same before it counts; more than one where they may lie. */
  constructor(replicas: readonly ReplicaId[], repliesNeeded: number) {
    if (replicas.length === 0) throw new Error('a client needs a replica');
    this.#replicas = replicas;
    this.#mayLie = repliesNeeded > 1;
    this.#hints = new LeaderHints(repliesNeeded);
  }

  get leader(): ReplicaId | null {
    return this.#hints.leader;
  }

  /** The first that is not known to be away, or, where all replicas answer, the leader, if it is known. */
  get target(): ReplicaId {
    const { leader } = this.#hints;
    if (this.#mayLie && leader !== null) return leader;
    const present = this.#replicas.find((replica) => !this.#away.has(replica));
    return (present ?? this.#replicas[0]) as ReplicaId;
  }

  has(replica: ReplicaId): boolean {
    return this.#replicas.includes(replica);
  }

  /** `from` says that `leader` leads; `null`: it knows of none. */
  learn(from: ReplicaId, leader: ReplicaId | null): void {
    if (leader === null || !this.has(leader) || this.#away.has(leader)) return;
    this.#hints.learn(from, leader);
  }

  /** It did not answer. */
  doubt(replica: ReplicaId): void {
    this.#hints.doubt(replica);
  }

  leaves(replica: ReplicaId): void {
    this.#away.add(replica);
    this.#hints.doubt(replica);
  }

  returns(replica: ReplicaId): void {
    this.#away.delete(replica);
  }

  /** The next in the list that is not known to be away; `replica` itself when all are. */
  after(replica: ReplicaId): ReplicaId {
    const here = this.#replicas.indexOf(replica);
    for (let step = 1; step < this.#replicas.length; step++) {
      const next = this.#replicas[(here + step) % this.#replicas.length];
      if (next !== undefined && !this.#away.has(next)) return next;
    }
    return replica;
  }
}
