/** I17: once a core of the cluster is healed for good, it comes to rest within a bound and stays so. */
import type { Violation } from '#protocols/core/checker.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Ticks } from '#protocols/core/replica.ts';
import { timing, type Simulation } from './simulation.ts';

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

  /** Who leads, and what is still missing. */
  #look(): { leader: string; missing: string | null } {
    const summaries = this.#core.flatMap((i) => this.#simulation.summary(i) ?? []);
    const { leader, followers } = mostFollowed(summaries);
    const lacks = (missing: string) => ({ leader, missing });
    if (summaries.length < this.#core.length) return lacks('a machine of the core is down');
    if (followers === 0) return lacks('there is no leader');
    const { convergence, quorum, liars } = this.#simulation;
    // Who lies is counted by the honest, and says of itself what it likes.
    const needed = convergence === 'all' ? this.#core.length : quorum - liars.size;
    if (followers < needed) return lacks('the core does not agree on a leader');
    for (const { assumptionBroken, commitIndex, lastIndex } of summaries) {
      if (assumptionBroken !== null) return lacks('a replica has stopped voting');
      if (commitIndex !== lastIndex) return lacks('entries stay uncommitted');
      if (lastIndex !== summaries[0]?.lastIndex) return lacks('logs stay different');
    }
    const unanswered = this.#simulation.clients.unanswered();
    if (unanswered > 0) return lacks(`${unanswered} requests stay without an answer`);
    return { leader, missing: null };
  }

  #sameState(): Violation | null {
    const digests = this.#core.map((i) => this.#simulation.machines[i]?.service?.digest());
    if (new Set(digests).size <= 1) return null;
    return { id: 'I14', text: 'equal logs gave different states' };
  }
}

/** The leader that most name, in which term, and how many do. */
function mostFollowed(summaries: readonly ReplicaSummary[]): { leader: string; followers: number } {
  const counts = new Map<string, number>();
  for (const { leader, term } of summaries) {
    if (leader === null) continue;
    const name = `${leader} in term ${term}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  let most = { leader: 'nobody', followers: 0 };
  for (const [leader, followers] of counts) {
    if (followers > most.followers) most = { leader, followers };
  }
  return most;
}
