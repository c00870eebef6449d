/** What people can ask for on a screen. The pages wire these; components only call them. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { Operation } from '#protocols/core/replica.ts';
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { PaceChoice } from '#protocols/core/timing.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import type { PeerPlace } from '../room/meeting.ts';
import type { Drawn } from '../room/split.ts';
import type { ClientCommand, EpochPlan, LeverId, LinkFaultView } from '../view/types.ts';

export interface HomeActions {
  start(name: string): void;
  /** `code` as typed; spaces, dashes and case do not matter. */
  join(code: string, name: string): void;
  /** A room of one page, with all its replicas. */
  alone(protocol: ProtocolName): void;
  /** `offer` is the id of a `SeatOffer`. */
  resume(offer: MemberId): void;
  forget(): void;
  readonly meeting: MeetingActions;
}

/** Where the next room meets. */
export interface MeetingActions {
  byServer(): void;
  byPeers(): void;
  choose(place: PeerPlace): void;
}

export interface LobbyActions {
  takeSeat(): void;
  beScreen(): void;
  chooseProtocol(protocol: ProtocolName): void;
  /** One of the protocol's switches, by its name. */
  turnSwitch(name: string, on: boolean): void;
  chooseProfile(profile: PaceChoice): void;
  start(): void;
  /** Facilitator only: sends everybody drawn to the room of its group. */
  split(groups: readonly (readonly Drawn[])[]): void;
  /** Facilitator only: back to this room. */
  callBack(): void;
  /** Where to join the room of a group, or to watch it. */
  hrefOf(code: string, route: 'r' | 'watch'): string;
  remove(member: MemberId): void;
  leave(): void;
}

/** The facilitator's own. Never called on other screens. */
export interface FacilitatorActions {
  freeze(): void;
  resume(): void;
  healAll(): void;
  lock(): void;
  unlock(): void;
  /** Whether people may have their own replicas lie. */
  allowLies(allowed: boolean): void;
  remove(member: MemberId): void;
  newEpoch(plan: EpochPlan): void;
}

export interface RoomActions extends FacilitatorActions {
  pull(lever: LeverId): void;
  /** Asks the own replica, which leads, to hand over or to change who votes. */
  operate(operation: Operation): void;
  /** Replaces all faults of this tab's link to `fault.peer`. */
  setFault(fault: LinkFaultView): void;
  send(command: ClientCommand): void;
  /** Asks whether one order explains what clients saw; `local`: judges such reads, too. */
  inquire(local: boolean): void;
  /** Has the own replica lie in all of these ways; none: it is honest again. */
  behave(behaviours: readonly Behaviour[]): void;
  /** Saves what was signed in this epoch as a file. */
  saveTranscript(): void;
  leave(): void;
}
