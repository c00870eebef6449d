/** I17: once a core of the cluster is healed for good, it comes to rest within a bound and stays so. */
import type { Violation } from '#protocols/core/checker.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import { replicaNumbered, timing, type Simulation } from './simulation.ts';

/** By then all must be well: 60 election timeouts. */
export const boundTicks = 60 * timing.electionTicksMax;
/** So long it must stay well: no leader may be unseated without a reason. */
const stableTicks = 4 * timing.electionTicksMax;
const lookEvery = 100;

export class Convergence {
  readonly #simulation: Simulation;
  readonly #core: readonly number[];
  readonly #deadline: Ticks;
  #looksAt: Ticks;
  /** Of the leader's configuration, when it was last looked at. */
  #members: ReadonlySet<ReplicaId> = new Set();
  /** Who leads which term, since when. */
  #rest: { readonly leader: string; readonly since: Ticks } | null = null;

  constructor(simulation: Simulation, core: readonly number[]) {
    this.#simulation = simulation;
    this.#core = core;
    this.#looksAt = simulation.queue.now;
    this.#deadline = simulation.queue.now + boundTicks;
  }

  /** `'reached'`, `'waiting'`, or what keeps it from rest although the time is up. */
  look(): 'reached' | 'waiting' | Violation {
    const { now } = this.#simulation.queue;
    if (now < this.#looksAt) return 'waiting';
    this.#looksAt = now + lookEvery;
    const { leader, missing } = this.#look();
    if (missing !== null) this.#rest = null;
    else if (this.#rest?.leader !== leader) this.#rest = { leader, since: now };
    else if (now >= this.#rest.since + stableTicks) return this.#sameState() ?? 'reached';
    if (now < this.#deadline) return 'waiting';
    return { id: 'I17', text: missing ?? 'leaders come and go although nothing is wrong' };
  }

  /** Who leads, and what is still missing. Whom the leader's configuration leaves out knows nothing and need not. */
  #look(): { leader: string; missing: string | null } {
    const summaries = this.#core.map((i) => this.#simulation.summary(i));
    const lacks = (missing: string, leader = '') => ({ leader, missing });
    if (summaries.includes(null)) return lacks('a machine of the core is down');
    const first = summaries[this.#core.indexOf(this.#simulation.leader())];
    if (!first) return lacks('there is no leader');
    const leader = `${first.leader} in term ${first.term}`;
    this.#members = membersOf(first);
    for (const i of this.#core) {
      const summary = this.#simulation.summary(i);
      if (summary?.assumptionBroken != null) return lacks('a replica has stopped voting');
      if (!this.#members.has(replicaNumbered(i))) continue;
      if (summary?.leader !== first.leader || summary.term !== first.term) {
        return lacks('the core does not agree on a leader', leader);
      }
      const { commitIndex, lastIndex } = summary;
      if (commitIndex !== lastIndex) return lacks('entries stay uncommitted', leader);
      if (lastIndex !== first.lastIndex) return lacks('logs stay different', leader);
    }
    const unanswered = this.#simulation.clients.unanswered();
    if (unanswered > 0) return lacks(`${unanswered} requests stay without an answer`, leader);
    return { leader, missing: null };
  }

  #sameState(): Violation | null {
    const digests = this.#core
      .filter((i) => this.#members.has(replicaNumbered(i)))
      .map((i) => this.#simulation.machines[i]?.service?.digest());
    if (new Set(digests).size <= 1) return null;
    return { id: 'I14', text: 'equal logs gave different states' };
  }
}

function membersOf({ configuration }: ReplicaSummary): Set<ReplicaId> {
  const { voters, votersOld, learners } = configuration;
  return new Set([...voters, ...votersOld, ...learners]);
}
