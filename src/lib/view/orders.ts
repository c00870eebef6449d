/** The facilitator's buttons, and what became of them. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { PaceChoice } from '#protocols/core/timing.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import type { Visit } from '../room/enter.ts';
import { isSharing, type RosterSeat } from '../room/genesis.ts';
import type { Drawn } from '../room/split.ts';
import type { EpochPlan } from './types.ts';

export class Orders {
  readonly #visit: Visit;
  readonly #say: (problem: string) => void;

  /** @param say shows a sentence to the facilitator; an empty one takes the last away. */
  constructor(visit: Visit, say: (problem: string) => void) {
    this.#visit = visit;
    this.#say = say;
  }

  chooseProfile(profile: PaceChoice): Promise<void> {
    return this.#visit.facilitator.setProfile(profile);
  }

  chooseProtocol(protocol: ProtocolName): Promise<void> {
    return this.#visit.facilitator.setProtocol(protocol);
  }

  turnSwitch(name: string, on: boolean): Promise<void> {
    return this.#visit.facilitator.turnSwitch(name, on);
  }

  allowLies(lies: boolean): Promise<void> {
    return this.#visit.facilitator.allowLies(lies);
  }

  freeze(frozen: boolean): Promise<void> {
    return this.#visit.facilitator.freeze(frozen);
  }

  healAll(): Promise<void> {
    return this.#visit.facilitator.healAll();
  }

  lock(locked: boolean): Promise<void> {
    return this.#visit.facilitator.lock(locked);
  }

  remove(member: MemberId): Promise<void> {
    return this.#visit.facilitator.remove(member);
  }

  split(groups: readonly (readonly Drawn[])[]): Promise<void> {
    return this.#visit.facilitator.split(groups);
  }

  callBack(): Promise<void> {
    return this.#visit.facilitator.callBack();
  }

  /** Starts the first epoch with everybody who wants a seat. */
  start(): Promise<void> {
    const { charter, gossip } = this.#visit.session;
    const seats = gossip.members.present().filter(({ wantsSeat }) => wantsSeat);
    return this.newEpoch({
      protocol: charter?.protocol ?? 'raft',
      profile: charter?.profile ?? 'wifi',
      seats: seats.map(({ id }) => id),
      state: 'empty',
      bug: null,
      switches: charter?.switches ?? [],
    });
  }

  async newEpoch({ seats, ...plan }: EpochPlan): Promise<void> {
    this.#say('');
    if (isSharing(plan.protocol, plan.switches)) {
      await this.#visit.session.gossip.checkShareKeys();
    }
    const roster = seats.map((id) => this.#rosterSeat(id)).filter((seat) => seat !== null);
    const outcome = await this.#visit.facilitator.startEpoch({ ...plan, seats: roster });
    if (!outcome.ok) this.#say(outcome.error);
  }

  #rosterSeat(id: MemberId): RosterSeat | null {
    const { run, options, gossip, id: own } = this.#visit.session;
    const member = gossip.members.get(id);
    const shareKey = member?.shareKey ? { shareKey: member.shareKey } : {};
    const seated = run?.genesis.roster.find((seat) => seat.id === id);
    if (seated) return { ...seated, ...shareKey };
    const publicKey = id === own ? options.seat.signer.publicKey : options.keyOf(id);
    if (!publicKey) return null;
    return { id, name: member?.name ?? '?', publicKey: bytesToHex(publicKey), ...shareKey };
  }
}
