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
    const { machines, convergence, quorum, liars } = this.#simulation;
    const all = machines.map((_, i) => this.#simulation.summary(i));
    const summaries = this.#core.flatMap((i) => all[i] ?? []);
    const { name: leader, following } = mostFollowed(
      convergence === 'all' ? summaries : all.filter((_, i) => !liars.has(replicaNumbered(i))),
    );
    const lacks = (missing: string) => ({ leader, missing });
    if (summaries.length < this.#core.length) return lacks('a machine of the core is down');
    const first = following.find(({ role }) => role === 'leader') ?? following[0];
    if (!first) return lacks('there is no leader');
    this.#members = membersOf(first);
    const inside = summaries.filter((_, k) => this.#isMember(this.#core[k] as number));
    const followers = inside.filter((summary) => following.includes(summary));
    // Who lies is counted by the honest, and says of itself what it likes; who else is heard counts, in the core or not.
    const isLed =
      convergence === 'all'
        ? followers.length === inside.length
        : following.length >= quorum - liars.size;
    if (!isLed) return lacks('the core does not agree on a leader');
    if (summaries.some(({ assumptionBroken }) => assumptionBroken !== null)) {
      return lacks('a replica has stopped voting');
    }
    // Who left a view alone keeps what was proposed there in vain, until the others leave theirs too.
    if (followers.some(({ commitIndex, lastIndex }) => commitIndex !== lastIndex)) {
      return lacks('entries stay uncommitted');
    }
    if (inside.some(({ commitIndex }) => commitIndex !== inside[0]?.commitIndex)) {
      return lacks('logs stay different');
    }
    const unanswered = this.#simulation.clients.unanswered();
    if (unanswered > 0) return lacks(`${unanswered} requests stay without an answer`);
    return { leader, missing: null };
  }

  #isMember(i: number): boolean {
    return this.#members.has(replicaNumbered(i));
  }

  #sameState(): Violation | null {
    const digests = this.#core
      .filter((i) => this.#isMember(i))
      .map((i) => this.#simulation.machines[i]?.service?.digest());
    if (new Set(digests).size <= 1) return null;
    return { id: 'I14', text: 'equal logs gave different states' };
  }
}

function membersOf({ configuration }: ReplicaSummary): Set<ReplicaId> {
  const { voters, votersOld, learners } = configuration;
  return new Set([...voters, ...votersOld, ...learners]);
}

/** The leader that most name, in which term, and who do. */
function mostFollowed(summaries: readonly (ReplicaSummary | null)[]): {
  name: string;
  following: readonly ReplicaSummary[];
} {
  const byLeader = new Map<string, ReplicaSummary[]>();
  for (const summary of summaries) {
    if (!summary || summary.leader === null) continue;
    const name = `${summary.leader} in term ${summary.term}`;
    byLeader.set(name, [...(byLeader.get(name) ?? []), summary]);
  }
  let most: { name: string; following: ReplicaSummary[] } = { name: 'nobody', following: [] };
  for (const [name, following] of byLeader) {
    if (following.length > most.following.length) most = { name, following };
  }
  return most;
}
