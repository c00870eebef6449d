/** Who counts in the running cluster, as this tab has heard: the epoch's roster, until a newer log says otherwise. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';

export class Membership {
  #configuration: ReplicaSummary['configuration'];
  /** Of the replica that said so: a log that is further on knows the later configuration. */
  #known = { term: 0, lastIndex: 0 };

  constructor(roster: readonly ReplicaId[]) {
    this.#configuration = { voters: roster, votersOld: [], learners: [] };
  }

  /** Takes in what one replica knows. */
  learn({ term, lastIndex, configuration }: ReplicaSummary): void {
    const { term: knownTerm, lastIndex: knownIndex } = this.#known;
    if (term < knownTerm || (term === knownTerm && lastIndex < knownIndex)) return;
    this.#known = { term, lastIndex };
    this.#configuration = configuration;
  }

  /** Voters; in the middle of a joint change those that will count when it is done. */
  get voters(): readonly ReplicaId[] {
    return this.#configuration.voters;
  }

  /** Voters that are on their way out in a joint change: their majority counts too. */
  get votersOld(): readonly ReplicaId[] {
    return this.#configuration.votersOld;
  }

  get learners(): readonly ReplicaId[] {
    return this.#configuration.learners;
  }

  /** Everybody with a replica of the cluster: voters first. */
  get members(): readonly ReplicaId[] {
    const { voters, votersOld, learners } = this.#configuration;
    return [...new Set([...voters, ...votersOld, ...learners])];
  }
}
