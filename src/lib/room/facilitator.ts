/** What the facilitator of a room may order. Each order is a charter; the door is told what concerns it. */
import { protocols, type ProtocolName } from '#protocols/registry.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { switchesProblem, withSwitch } from '#protocols/core/switches.ts';
import type { PaceChoice } from '#protocols/core/timing.ts';
import { signGenesis, type Charter } from './charter.ts';
import type { EpochRun } from './epoch-run.ts';
import { genesisDigest, isSharing, rosterProblem } from './genesis.ts';
import type { Genesis, RosterSeat } from './genesis.ts';
import type { EndReport } from './gossip.ts';
import type { RoomSession } from './session.ts';
import type { Drawn } from './split.ts';

/** The signaling server, as far as the facilitator orders it about. `null` in a room of one page. */
export interface Door {
  lock(locked: boolean): void;
  remove(member: MemberId): void;
  /** The code of a room that `office` will hold the office of, and that is not open yet. */
  codeFor(office: MemberId): string;
}

export interface EpochPlan {
  readonly protocol: ProtocolName;
  /** Members who get a seat, in the order of the ring. */
  readonly seats: readonly RosterSeat[];
  readonly profile: PaceChoice;
  /** `carried`: the state of the running epoch goes on, which needs its quorum. `empty`: it starts with nothing. */
  readonly state: 'carried' | 'empty';
  /** The mistake that all replicas make, by its name in the laboratory; `null`: none. */
  readonly bug: string | null;
  /** The names of the protocol's switches that are on. */
  readonly switches: readonly string[];
}

export type OrderOutcome = { readonly ok: true } | { readonly ok: false; readonly error: string };

/** How long the old cluster may take to commit its `stop`, in client retries, before the facilitator is told. */
const stopRetriesMax = 4;

export class Facilitator {
  readonly #session: RoomSession;
  readonly #door: Door | null;

  constructor(session: RoomSession, door: Door | null) {
    this.#session = session;
    this.#door = door;
  }

  setProfile(profile: PaceChoice): Promise<void> {
    return this.#order(() => ({ profile }));
  }

  /** Its switches begin as they are in the paper: off. */
  setProtocol(protocol: ProtocolName): Promise<void> {
    return this.#order(() => ({ protocol, switches: [] }));
  }

  turnSwitch(name: string, on: boolean): Promise<void> {
    return this.#order(({ protocol, switches }) => ({
      switches: withSwitch(switches, name, on, protocols[protocol].switches),
    }));
  }

  /** Whether people may have their own replicas lie. Who lies already stops when they may not. */
  allowLies(lies: boolean): Promise<void> {
    return this.#order(() => ({ lies }));
  }

  freeze(frozen: boolean): Promise<void> {
    return this.#order(() => ({ frozen }));
  }

  /** Every member drops the faults of its links. Crashed replicas stay crashed: they are their people's. */
  healAll(): Promise<void> {
    return this.#order(({ heals }) => ({ heals: heals + 1 }));
  }

  async lock(locked: boolean): Promise<void> {
    this.#door?.lock(locked);
    await this.#order(() => ({ locked }));
  }

  async remove(member: MemberId): Promise<void> {
    this.#door?.remove(member);
    await this.#order(({ removed }) => ({ removed: [...new Set([...removed, member])] }));
  }

  /** Sends everybody drawn to the room of its group, of which the first holds the office. */
  async split(groups: readonly (readonly Drawn[])[]): Promise<void> {
    const door = this.#door;
    if (!door) return;
    const drawn = groups.flatMap((members) =>
      members[0] ? [{ code: door.codeFor(members[0].id as MemberId), members: [...members] }] : [],
    );
    await this.#order(() => ({ split: { groups: drawn } }));
  }

  /** Calls everybody back to this room. */
  callBack(): Promise<void> {
    return this.#order(() => ({ split: null }));
  }

  /** Starts an epoch, the first or another, without anybody joining again. */
  async startEpoch(plan: EpochPlan): Promise<OrderOutcome> {
    const charter = this.#session.charter;
    if (!charter) return { ok: false, error: 'The room is not open yet.' };
    const problem =
      rosterProblem(plan.protocol, plan.seats.length) ??
      switchesProblem(plan.switches, protocols[plan.protocol].switches) ??
      shareKeysProblem(plan);
    if (problem) return { ok: false, error: problem };
    const running = charter.genesis?.genesis ?? null;
    let carried: Genesis['carried'] = null;
    if (running && plan.state === 'carried') {
      const end = await this.#end(running);
      if (!end) return { ok: false, error: cannotEnd };
      carried = { cluster: genesisDigest(running), index: end.index, state: end.state };
    }
    await this.#order(async (before) => {
      const genesis: Genesis = {
        version: 1,
        room: before.room,
        epoch: (running?.epoch ?? 0) + 1,
        protocol: plan.protocol,
        protocolVersion: protocols[plan.protocol].version,
        profile: plan.profile,
        roster: isSharing(plan.protocol, plan.switches)
          ? [...plan.seats]
          : plan.seats.map(({ id, publicKey, name }) => ({ id, publicKey, name })),
        carried,
        bug: plan.bug,
        switches: [...plan.switches],
        createdAt: Date.now(),
      };
      const signed = await signGenesis(genesis, this.#session.options.seat.signer);
      const { protocol, profile } = plan;
      const switches = [...plan.switches];
      return { genesis: signed, protocol, profile, switches, frozen: false };
    });
    return { ok: true };
  }

  #order(
    change: (charter: Charter) => Partial<Charter> | Promise<Partial<Charter>>,
  ): Promise<void> {
    return this.#session.gossip.keeper.order(change);
  }

  /** Has the cluster commit its `stop` and waits until enough replicas say where and in which state it ended. */
  async #end(running: Genesis): Promise<EndReport | null> {
    const session = this.#session;
    const { run } = session;
    if (!run) return null;
    const found = this.#agreedEnd(run);
    if (found) return found;
    run.submit({ op: 'stop', successor: `epoch ${running.epoch + 1}` });
    const { clock } = session.options;
    const waitMs = stopRetriesMax * run.setting.timing.clientRetryTicks;
    return new Promise((resolve) => {
      const done = (end: EndReport | null): void => {
        stopListening();
        clock.clear(deadline);
        resolve(end);
      };
      const stopListening = session.listen(() => {
        const end = this.#agreedEnd(run);
        if (end) done(end);
      });
      const deadline = clock.setTimeout(() => done(this.#agreedEnd(run)), waitMs);
    });
  }

  /** The end that as many members report alike as a client would need replies. */
  #agreedEnd({ setting, membership }: EpochRun): EndReport | null {
    const { cluster, protocol, switches } = setting;
    const needed = protocols[protocol].repliesNeeded(membership.voters.length, switches);
    // Who was a member when it ended, or was removed before: all of them executed the same log.
    const voters = new Set<string>([...setting.voters, ...membership.members]);
    const reports = this.#session.gossip.ends.filter(
      (end) => end.cluster === cluster && voters.has(end.from),
    );
    for (const end of reports) {
      const alike = reports.filter((e) => e.index === end.index && e.state === end.state);
      if (alike.length >= needed) return end;
    }
    return null;
  }
}

/** Only keys whose proofs were found good stand with a seat here. */
function shareKeysProblem({ protocol, switches, seats }: EpochPlan): string | null {
  if (!isSharing(protocol, switches)) return null;
  const without = seats.filter(({ shareKey }) => shareKey === undefined);
  if (without.length === 0) return null;
  const names = without.map(({ name }) => name).join(', ');
  return `Nothing proves yet that these have the secrets of their BLS keys: ${names}. Try again, or list certificates.`;
}

const cannotEnd =
  'The running cluster did not commit its end: too few are heard, or nobody leads. ' +
  'Heal the room and try again, or start the next epoch empty.';
