/** The state of one HotStuff replica as plain data. Handlers change it; checkers and screens read it. */
import type { SignedRequest } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { ReplicaContext } from '../core/protocol.ts';
import type { Effect } from '../core/replica.ts';
import type { Signed } from '../core/signed.ts';
import { genesisCertificate } from './block.ts';
import type {
  Block,
  Certificate,
  HotStuffMessage,
  Proposal,
  SyncInfo,
  Timeout,
  TimeoutCertificate,
  Vote,
} from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { endsView, type Place, type Rules } from './rules.ts';
import type { Setting } from './setting.ts';
import type { Snapshot } from './snapshot.ts';
import type { Checkpoint } from './transfer-messages.ts';
import { genesisNode, type Node } from './tree.ts';

/** A proposal of the current view whose parent is not here yet (C12). */
export interface Suspended {
  readonly statement: Signed<Proposal>;
  readonly block: Block;
  readonly tc: TimeoutCertificate | null;
  readonly decided: Certificate | null;
}

/** A checkpoint with its proof: the certificate is for `block`, which names the checkpoint. */
export interface StableCheckpoint extends Checkpoint {
  readonly block: Block;
  readonly certificate: Certificate;
  readonly snapshot: Snapshot;
}

/** A state on its way (C15). */
export interface Incoming extends Omit<StableCheckpoint, 'snapshot'> {
  /** Who may have it, asked in turn. */
  readonly from: readonly ReplicaId[];
  turn: number;
  /** `null` until the list has come. */
  pieceDigests: readonly string[] | null;
  /** By their place; none that does not have its digest. */
  readonly pieces: Map<number, string>;
  /** The giver was asked for all pieces below. */
  asked: number;
}

export interface HotStuffState {
  readonly self: ReplicaId;
  readonly setting: Setting;
  /** Saw what the fault model rules out: it signs nothing any more. */
  stopped: string | null;

  /** One above the highest view that is proven to have ended; never decreases. */
  view: number;
  /** Durable with the vote (C3). The highest certificate known (C4). */
  highQC: Certificate;
  /** Durable. The highest commit certificate, where there are phases: it ended its view. */
  decided: Certificate | null;
  /** Durable. Of the view before this one, `null` if a certificate ended that view or a later one. */
  highTC: TimeoutCertificate | null;
  /** Durable. No vote is given in this view or below any more (C3, C9). */
  lastVoted: number;
  /** Durable, whole: its last vote, to be said again and never otherwise (C11). */
  vote: Vote | null;
  /** Durable with the vote (C5). */
  lock: Place;
  /** Durable, whole: its last timeout. */
  timeout: Timeout | null;
  /** Durable. View of its last proposal; 0 before the first. */
  proposed: number;
  /** Its last proposal, with the digest that needs no second look. */
  drafted: { readonly block: Block; readonly digest: string } | null;

  /** By digest: all blocks whose ancestors are here too, down to the lowest one that is kept. */
  readonly nodes: Map<string, Node>;
  /** The last {@link blocksMax} of them, as they came: what a screen draws. */
  readonly newest: Node[];
  /** The last {@link tcsMax} certificates of timeouts that began a view of its, for the same screen. */
  readonly newestTCs: TimeoutCertificate[];
  /** The lowest block that is kept; committed. */
  root: Node;
  /** The last committed block. */
  committed: Node;
  /** Durable. The highest checkpoint that a certified block named and that this replica has; `null` before the first. */
  stable: StableCheckpoint | null;
  /** Own checkpoints above `stable`, ascending. */
  readonly snapshots: Map<number, Snapshot>;
  /** Digests of the last own checkpoints, ascending: what the blocks of others are held against. */
  readonly checkpoints: Map<number, string>;
  incoming: Incoming | null;
  /** Commands executed so far. */
  index: number;
  /** The proposal of `view` that was heard first, and whether the others were told of it (`telling.ts`). */
  heard: {
    readonly view: number;
    readonly digest: string;
    readonly statement: Signed<Proposal>;
    readonly isTold: boolean;
  } | null;
  suspended: Suspended | null;

  /** Where there are phases: the view whose leader was last told that this replica is there. */
  greeted: number;
  /** Where there are phases: the view that each voter said it has entered. */
  readonly newViews: Map<ReplicaId, number>;
  /** Of each voter the one of the highest view (K11). */
  readonly votes: Map<ReplicaId, Signed<Vote>>;
  /** Whose votes the host is putting together; `null` if it is not. */
  asked: Vote | null;
  /** Whose share of an aggregate was false: no honest voter's is, and none of theirs counts here any more. */
  readonly falseSharers: Set<ReplicaId>;
  readonly timeouts: Map<ReplicaId, Signed<Timeout>>;

  /** Requests known and not executed, oldest first. Those of abandoned branches are among them (C18). */
  readonly requests: Map<string, SignedRequest>;
  /** The view for which the timer runs; `null` if it does not. */
  timedView: number | null;
  /** Views that ended in timeouts since the last commit (C25). */
  fruitlessViews: number;
  /** A block with a certificate is being fetched (C13): the voters to ask, and how many were. */
  fetching: { readonly block: string; readonly from: readonly ReplicaId[]; asked: number } | null;
}

export type HotStuffEffect = Effect<HotStuffMessage, HotStuffNote>;

/** One replica at work: what its handlers share. */
export interface HotStuff {
  readonly state: HotStuffState;
  readonly context: ReplicaContext;
  readonly rules: Rules;
  /** Of the event being handled, in order. */
  effects: HotStuffEffect[];
}

export function initialState({ self }: ReplicaContext, setting: Setting): HotStuffState {
  const genesis = { ...genesisNode };
  return {
    self,
    setting,
    stopped: null,
    view: 1,
    highQC: genesisCertificate,
    decided: null,
    highTC: null,
    lastVoted: 0,
    vote: null,
    lock: { view: 0, block: genesis.digest },
    timeout: null,
    proposed: 0,
    drafted: null,
    nodes: new Map([[genesis.digest, genesis]]),
    newest: [],
    newestTCs: [],
    root: genesis,
    committed: genesis,
    stable: null,
    snapshots: new Map(),
    checkpoints: new Map(),
    incoming: null,
    index: 0,
    heard: null,
    suspended: null,
    greeted: 1,
    newViews: new Map(),
    votes: new Map(),
    asked: null,
    falseSharers: new Set(),
    timeouts: new Map(),
    requests: new Map(),
    timedView: null,
    fruitlessViews: 0,
    fetching: null,
  };
}

export function othersThan({ self, setting }: Readonly<HotStuffState>): ReplicaId[] {
  return setting.voters.filter((id) => id !== self);
}

/** The block that the highest certificate is for, `null` if it is not here yet. */
export function headOf({ nodes, highQC }: Readonly<HotStuffState>): Node | null {
  return nodes.get(highQC.block) ?? null;
}

/** The certificate whose block is not here and is needed next, `null` if there is none. */
export function missingIn({ nodes, highQC, decided }: Readonly<HotStuffState>): Certificate | null {
  if (decided && !nodes.has(decided.block)) return decided;
  return nodes.has(highQC.block) ? null : highQC;
}

/** The highest certificate that ended a view, `null` if there is none yet. */
export function endingOf({ highQC, decided }: Pick<SyncInfo, 'highQC' | 'decided'>) {
  return decided ?? (endsView(highQC) ? highQC : null);
}

/** The block whose certificate began the current view: `null` if timeouts did, or it is not here. */
export function beginningOf(state: Readonly<HotStuffState>): Node | null {
  const ending = endingOf(state);
  return ending?.view === state.view - 1 ? (state.nodes.get(ending.block) ?? null) : null;
}

/** The highest view that these show to have ended. */
export function endedView(sync: SyncInfo): number {
  return Math.max(endingOf(sync)?.view ?? 0, sync.highTC?.[0]?.body.view ?? 0);
}

export function syncInfoOf({ highQC, decided, highTC }: Readonly<HotStuffState>): SyncInfo {
  return { highQC, decided, highTC };
}

export function send(hotStuff: HotStuff, to: readonly ReplicaId[], message: HotStuffMessage): void {
  hotStuff.effects.push({ type: 'send', to, message });
}

export function note(hotStuff: HotStuff, noted: HotStuffNote): void {
  hotStuff.effects.push({ type: 'note', note: noted });
}
