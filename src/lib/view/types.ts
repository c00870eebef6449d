/**
 * What the screens are given. Components take these as props and call back; they never hold a replica, a link or
 * a socket. All times are milliseconds of `performance.now()` on this page unless a name says otherwise.
 */
import type { Command, Served } from '#protocols/core/client.ts';
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { MessageSummary, ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Operation } from '#protocols/core/replica.ts';
import type { PaceChoice } from '#protocols/core/timing.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import type { LinkStatus } from '../mesh/transport.ts';
import type { DeviceReport } from '../room/device.ts';
import type { TabPace } from '../room/messages.ts';
import type { CountsView, InquiryView } from './measured-types.ts';
import type { ConductView } from './conduct-types.ts';
import type { Slowness } from './slowness.ts';
import type { GroupView, SplitView } from './split.ts';

/** What the machine of a replica is doing, as far as this screen knows. */
export type Condition =
  | 'running'
  /** Its worker was terminated; only its disk is left. */
  | 'crashed'
  /** Its person holds its clock and its inbox, like a closed laptop lid. */
  | 'paused'
  /** The facilitator stopped time for the whole room. */
  | 'frozen'
  /** Its worker starts and reads its disk. */
  | 'starting'
  /** Its disk could not be written or read; it halted. */
  | 'halted'
  /** Nobody has told this screen yet. */
  | 'unknown';

export type CutDirection = 'both' | 'out' | 'in';

/** How a replica counts: a learner gets the log and has no vote; one that is leaving counts until the change is done. */
export type Standing = 'voter' | 'learner' | 'leaving';

/** One member of the cluster, as this screen knows it. Other people's come from their traces. */
export interface SeatView {
  readonly id: ReplicaId;
  readonly name: string;
  /** Position among the members, from 0: place on the ring, column in the log table. */
  readonly index: number;
  readonly membership: Standing;
  readonly mine: boolean;
  readonly condition: Condition;
  /** Nothing has been heard from this seat for longer than its heartbeat allows: what is drawn is its past. */
  readonly stale: boolean;
  /** How long ago the last trace came, in ms; `null` before the first. Own seat: 0. */
  readonly heardAgoMs: number | null;
  /** Why it is late though not dead, as far as that was measured; `null`: on time, or nobody knows. */
  readonly slow: Slowness | null;
  /** How its tab last said that it runs; `null` where several replicas share one, and before the first word. */
  readonly pace: TabPace | null;
  readonly summary: ReplicaSummary | null;
  /** The running election timer: when it was set here, and how long it runs. `null` for leaders and stopped clocks. */
  readonly timer: { readonly setAt: number; readonly ticks: number } | null;
  /** The tab-to-tab link from this tab; `null` for the own seat and in a room of one tab. */
  readonly link: LinkStatus | null;
  /** Faults that this seat's person declared on its links (theirs, from their trace; mine, from my levers). */
  readonly faults: readonly LinkFaultView[];
}

export interface LinkFaultView {
  readonly peer: ReplicaId;
  readonly cut: CutDirection | null;
  readonly delayMs: number;
  readonly jitterMs: number;
  /** 0 to 1. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/** How a message is drawn. */
export interface MessageMark {
  /** `PP`, written on the dot; empty where its shape says enough. */
  readonly letters: string;
  /** Whose colour it has; `null` for one that belongs to no term or view. */
  readonly era: number | null;
}

/** A message under way, drawn as a dot from seat to seat. */
export interface FlightView {
  readonly id: number;
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly message: MessageSummary;
  readonly mark: MessageMark;
  readonly startedAt: number;
  /** How long the dot takes: the real flight time in a lecture, a visible minimum otherwise. */
  readonly durationMs: number;
  /** It will not arrive, as far as this screen knows: a cut link or injected loss swallows it half way. */
  readonly lost?: boolean;
}

/** One line of the plain-words list: "Ana heard nothing for 1.9 s and stands for election in term 3". */
export interface EventLine {
  readonly id: number;
  /** Wall clock, ms since 1970. */
  readonly at: number;
  readonly about: readonly ReplicaId[];
  readonly text: string;
  readonly tone: 'plain' | 'election' | 'commit' | 'fault' | 'room' | 'warning';
}

/** What a person may send. `stop` belongs to the facilitator's new epoch; a `get` chooses how it is served. */
export type ClientCommand =
  | Exclude<Command, { op: 'stop' | 'get' }>
  | { readonly op: 'get'; readonly key: string; readonly read: Served };

/** A command this tab's client sent. */
export interface CommandLine {
  readonly id: number;
  /** As typed: `put colour = teal`. */
  readonly text: string;
  readonly state: 'waiting' | 'done' | 'refused' | 'unknown';
  /** In words, empty while waiting. */
  readonly outcome: string;
  /** How a read was served and what that cost, in words; empty for writes and while waiting. */
  readonly served: string;
  readonly latencyMs: number | null;
  /** Log position at which it executed. */
  readonly index: number | null;
}

export type LeverId =
  'crash' | 'restart' | 'restartWiped' | 'pause' | 'wake' | 'cutAll' | 'healMine' | 'openAnother';

/** A lever of the own replica. A disabled one stays visible and says why. */
export interface LeverView {
  readonly id: LeverId;
  readonly label: string;
  /** What it will do to the room, said beforehand: "4 left, 3 needed: the room goes on". */
  readonly forecast: string;
  /** `null` when it can be pulled. */
  readonly disabledBecause: string | null;
}

/** One thing that the person whose replica leads may ask of it. A disabled one stays visible and says why. */
export interface OfficeAct {
  readonly label: string;
  /** What it will do to the room, said beforehand. */
  readonly forecast: string;
  readonly operation: Operation;
  readonly disabledBecause: string | null;
}

/** Somebody whom the leader's person may admit, remove or hand over to. */
export interface OfficeMember {
  readonly id: MemberId;
  readonly name: string;
  /** `outside`: has a replica ready and is not a member. */
  readonly standing: Standing | 'outside';
  readonly acts: readonly OfficeAct[];
}

export interface LobbyMember {
  readonly id: MemberId;
  readonly name: string;
  readonly mine: boolean;
  readonly facilitator: boolean;
  /** Whether it takes a seat at the start; a screen without a seat does not. */
  readonly wantsSeat: boolean;
  /** Members it is linked with, by its own report. */
  readonly linkedWith: readonly MemberId[];
  /** What its device last told of itself and its links; `null` before. */
  readonly device: DeviceReport | null;
  readonly link: LinkStatus | null;
}

export interface SignalingView {
  readonly state: 'connected' | 'reconnecting' | 'refused' | 'none';
  /** A sentence that says what to do; empty when all is well. */
  readonly text: string;
}

export interface RoomHeader {
  readonly code: string;
  /** What a phone scans. */
  readonly inviteUrl: string;
  /** What another tab of this browser opens. */
  readonly tabUrl: string;
  readonly phase: 'joining' | 'lobby' | 'running' | 'ended' | 'removed' | 'failed';
  /** Why it failed or ended, in words. */
  readonly problem: string;
  readonly epoch: number;
  readonly protocol: ProtocolName;
  readonly protocolTitle: string;
  /** How its replicas can serve a read, in the order in which they cost. */
  readonly ways: readonly Served[];
  /** The mistake that all replicas of this epoch make on purpose; `null` where they are honest. */
  readonly bug: string | null;
  /** The names of the switches that are on, or are to be. */
  readonly switches: readonly string[];
  readonly profile: PaceChoice;
  readonly facilitator: boolean;
  readonly facilitatorName: string;
  readonly frozen: boolean;
  readonly locked: boolean;
  /** Whether people may have their replicas lie. */
  readonly lies: boolean;
  /** Voters, how many of them this screen believes alive and reachable, and how many are needed. */
  readonly voters: number;
  /** Members that get the log and have no vote yet. */
  readonly learners: number;
  readonly alive: number;
  readonly quorum: number;
  readonly signaling: SignalingView;
  /** Whether a seat of the epoch is this tab's; otherwise it is an observer and client. */
  readonly seated: boolean;
  /** Why it is not, in words: came late, lost its disk, is a screen without a seat. */
  readonly unseatedBecause: string;
  /** Where the room of a group belongs; `null` for a room of its own. */
  readonly group: GroupView | null;
}

export interface StoreEntry {
  readonly key: string;
  readonly value: string;
}

/** Numbers people ask about when something is slow or odd. */
export interface Vitals {
  /** Frames, envelopes or messages refused as malformed, oversized or hostile, by peer. */
  readonly refusedByPeer: readonly { readonly peer: string; readonly count: number }[];
  /** Trace events that this screen never saw: a busy replica shows a sample of its routine. */
  readonly traceGaps: number;
  /** RTCPeerConnections this page made; Chromium refuses the 500th. */
  readonly connections: number;
  /** Whether the disk survives eviction: `persisted`, `best effort`. */
  readonly storage: string;
}

/** A seat that this browser holds the key and the log of, and that no tab of it uses now. */
export interface SeatOffer {
  readonly id: MemberId;
  readonly name: string;
  readonly code: string;
  /** Wall clock, ms since 1970. */
  readonly lastSeen: number;
}

/** What the facilitator asks of the next epoch. */
export interface EpochPlan {
  readonly protocol: ProtocolName;
  readonly profile: PaceChoice;
  /** The voters to be, in the order of the roster. */
  readonly seats: readonly MemberId[];
  readonly state: 'carried' | 'empty';
  /** Makes the epoch a lab: the name of the mistake that all its replicas make. `null`: none. */
  readonly bug: string | null;
  /** The names of the protocol's switches that are to be on. */
  readonly switches: readonly string[];
}

/** All that the screen of a running room is given, published whole. */
export interface RoomView {
  readonly header: RoomHeader;
  readonly seats: readonly SeatView[];
  readonly flights: readonly FlightView[];
  readonly events: readonly EventLine[];
  readonly commands: readonly CommandLine[];
  readonly store: readonly StoreEntry[];
  /** Whose state `store` is, in words; empty: one's own replica's. */
  readonly storeOf: string;
  readonly levers: readonly LeverView[];
  /** What the leader's person may do with the members; `null` on the others' screens. */
  readonly office: readonly OfficeMember[] | null;
  /** The faults of this tab's own links. */
  readonly faults: readonly LinkFaultView[];
  readonly members: readonly LobbyMember[];
  readonly vitals: Vitals;
  /** `null` where the protocol counts nothing. */
  readonly counts: CountsView | null;
  readonly inquiry: InquiryView;
  /** Who keeps to the protocol; `null` before the first epoch. */
  readonly conduct: ConductView | null;
  /** Why the first epoch cannot start now, in words; `null` when it can. */
  readonly startDisabledBecause: string | null;
  readonly split: SplitView;
}
