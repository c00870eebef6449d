/** Who leads, as far as a client knows. One replica's word is enough where none lies; elsewhere it takes f + 1. */
import type { ReplicaId } from './ids.ts';

export class LeaderHints {
  readonly #needed: number;
  /** What each replica said last. */
  readonly #last = new Map<ReplicaId, ReplicaId>();
  #leader: ReplicaId | null = null;

  /** @param needed replicas that must say the same. */
  constructor(needed: number) {
    this.#needed = needed;
  }

  get leader(): ReplicaId | null {
    return this.#leader;
  }

  /** `from`, one of the replicas, says that `leader` leads. */
  learn(from: ReplicaId, leader: ReplicaId): void {
    this.#last.set(from, leader);
    let same = 0;
    for (const hint of this.#last.values()) if (hint === leader) same++;
    if (same >= this.#needed) this.#leader = leader;
  }

  /** `replica` is gone or did not answer: whatever it is, it does not lead. */
  doubt(replica: ReplicaId): void {
    if (this.#leader === replica) this.#leader = null;
  }
}
