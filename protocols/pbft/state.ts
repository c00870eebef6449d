/** The state of one PBFT replica as plain data. Handlers change it; checkers and screens read it. */
import type { ClientQuery, ClientRequest, SignedRequest } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { NumberTable } from '../core/number-table.ts';
import type { ReplicaContext } from '../core/protocol.ts';
import type { Effect } from '../core/replica.ts';
import type { Outcome } from '../core/service.ts';
import type { Signed } from '../core/signed.ts';
import { nullDigest } from './batch.ts';
import type {
  Batch,
  Checkpoint,
  Commit,
  NewView,
  PbftMessage,
  PreparedCertificate,
  PrePrepare,
  Prepare,
  ViewChange,
} from './messages.ts';
import type { PbftNote } from './notes.ts';
import type { Rules } from './rules.ts';
import { primaryOf, type Setting } from './setting.ts';

/** A batch that is committed, with the commits that prove it. */
export interface Decision {
  readonly digest: string;
  readonly commits: readonly Signed<Commit>[];
}

/** What is known of one sequence number `n` with h < n <= H. */
export interface Slot {
  readonly n: number;
  /** Accepted in the current view (P5). A primary's own counts once it came back signed. */
  prePrepare: Signed<PrePrepare> | null;
  /** By digest: of the pre-prepare, of `prepared` and of the decision, as far as they are known. */
  readonly batches: Map<string, Batch>;
  /** Of each signer the one of the highest view that is not below this replica's, its own once signed (K4, K11). */
  readonly prepares: Map<ReplicaId, Signed<Prepare>>;
  readonly commits: Map<ReplicaId, Signed<Commit>>;
  /** Durable. The certificate of the highest view in which it prepared here, whatever came later (P15). */
  prepared: PreparedCertificate | null;
  /** Committed-local, or proven by another's commits. */
  decision: Decision | null;
  /** Of each voter and kind the newest that came when it was not needed any more: nobody has verified them, and they count for nothing. */
  readonly late: Signed<Prepare | Commit>[];
}

/** The whole state after a slot, as text in pieces. */
export interface Snapshot {
  readonly n: number;
  /** The digest of the checkpoint: over the digests of all pieces. */
  readonly digest: string;
  readonly pieces: readonly string[];
  readonly pieceDigests: readonly string[];
}

/** A quorum of equal checkpoints. */
export interface CheckpointProof {
  readonly n: number;
  readonly digest: string;
  readonly checkpoints: readonly Signed<Checkpoint>[];
}

/** The state of a proven checkpoint on its way here (P12). */
export interface Incoming {
  readonly proof: CheckpointProof;
  /** Whom it is fetched from. */
  replier: ReplicaId;
  /** `null` until the list came. */
  pieceDigests: readonly string[] | null;
  readonly pieces: Map<number, string>;
  /** Every piece below was asked for. */
  asked: number;
}

/** An executed slot. */
export interface LedgerSlot {
  readonly n: number;
  /** Of what was executed; `null` where the state after the slot came as a whole. */
  readonly digest: string | null;
  /** h(n) at every multiple of K, `null` elsewhere. */
  history: string | null;
}

/** A slot that is executed before it is committed: the service holds it, `executed` and `index` do not count it. */
export interface Tentative {
  readonly n: number;
  readonly digest: string;
  /** Of its requests, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** A read that waits until the state is new enough. */
export interface WaitingRead {
  readonly query: ClientQuery;
  /** Every slot up to here must be executed first. */
  readonly from: number;
}

/** How far another replica is by what it signed or said. A liar only deceives itself out of help. */
export interface Position {
  readonly view: number;
  readonly n: number;
}

export interface PbftState {
  readonly self: ReplicaId;
  readonly setting: Setting;
  /** Saw what the fault model rules out: it signs nothing any more. */
  stopped: string | null;

  /** Durable. The view this replica is in, or moves to; never decreases. */
  view: number;
  /** `false` from its VIEW-CHANGE to the NEW-VIEW (P13). */
  active: boolean;
  /** Durable. What installed `view`; `null` in view 0, and while it is not active what installed the one before. */
  newView: Signed<NewView> | null;
  /** min-s of `newView`: nothing up to here is proposed in its view, whatever this replica has of it (P17). */
  minStable: number;
  /** Durable. Its own VIEW-CHANGE to `view`, frozen (P22); `null` while active. */
  viewChange: ViewChange | null;
  /** The view for which it has made a NEW-VIEW, frozen (P22). */
  newViewSaid: number;
  /** Of each signer the one to the highest view (K11). */
  readonly viewChanges: Map<ReplicaId, Signed<ViewChange>>;

  /** Sequence numbers h < n <= H (P11). */
  readonly slots: NumberTable<Slot>;
  /** Highest sequence number assigned in `view` by this replica as its primary. */
  lastProposed: number;
  /** Every slot up to here is committed and executed; `stable.n <= executed`. */
  executed: number;
  /** Commands executed so far. */
  index: number;
  /** The newest executed slots, back to the last two checkpoints at least. */
  readonly ledger: NumberTable<LedgerSlot>;
  /** The slot after them, if it is executed as well. */
  tentative: Tentative | null;
  /** What the epoch began with, where a replica may have to return to it. */
  readonly base: Snapshot | null;
  /** Where reads are answered: every slot up to here was executed in a life before. */
  executedBefore: number;
  /** By client and number. */
  readonly reads: Map<string, WaitingRead>;

  /** Durable. The last stable checkpoint: h is its `n`, 0 before the first. */
  stable: CheckpointProof;
  /** The state there; `null` before the first. */
  stableSnapshot: Snapshot | null;
  /** Own checkpoints above `stable`. */
  readonly snapshots: Map<number, Snapshot>;
  /** By signer and sequence number: those within the window, and the highest beyond it (K11). */
  readonly checkpoints: Map<ReplicaId, Map<number, Signed<Checkpoint>>>;
  /** A proven checkpoint above `executed`: this replica is behind (P12). */
  proven: CheckpointProof | null;
  incoming: Incoming | null;

  /** Requests known and not executed, oldest first (P3). */
  readonly requests: Map<string, SignedRequest>;
  /** Of a primary: those that no pre-prepare of `view` has. */
  readonly queue: Map<string, SignedRequest>;
  /** The request for which the timer runs (P14), `null` if none does. */
  awaited: string | null;
  /** The timer of P19 runs. */
  awaitsNewView: boolean;
  /** View changes since the last progress: each doubles the timers (P19). */
  fruitlessViewChanges: number;

  /** By asker and by what was asked: how often it was answered in this period (K11). */
  readonly answered: Map<ReplicaId, Map<string, number>>;
  /** The timer of that period runs. */
  countsAnswers: boolean;

  readonly positions: Map<ReplicaId, Position>;
  /** What stood still when the status timer was set; `null` if it does not run. */
  watched: string | null;
  /** Times the status timer found nothing moved. */
  idleRounds: number;
}

export type PbftEffect = Effect<PbftMessage, PbftNote>;

/** One replica at work: what its handlers share. */
export interface Pbft {
  readonly state: PbftState;
  readonly context: ReplicaContext;
  readonly rules: Rules;
  /** Of the event being handled, in order. */
  effects: PbftEffect[];
}

/** @param base the state that the epoch begins with, if it is kept */
export function initialState(
  { self }: ReplicaContext,
  setting: Setting,
  base: Snapshot | null,
): PbftState {
  return {
    self,
    setting,
    stopped: null,
    view: 0,
    active: true,
    newView: null,
    minStable: 0,
    viewChange: null,
    newViewSaid: 0,
    viewChanges: new Map(),
    slots: new NumberTable(),
    lastProposed: 0,
    executed: 0,
    index: 0,
    ledger: new NumberTable(),
    tentative: null,
    base,
    executedBefore: 0,
    reads: new Map(),
    stable: { n: 0, digest: '', checkpoints: [] },
    stableSnapshot: null,
    snapshots: new Map(),
    checkpoints: new Map(),
    proven: null,
    incoming: null,
    requests: new Map(),
    queue: new Map(),
    awaited: null,
    awaitsNewView: false,
    fruitlessViewChanges: 0,
    answered: new Map(),
    countsAnswers: false,
    positions: new Map(),
    watched: null,
    idleRounds: 0,
  };
}

/** Whether this replica is the primary of an active view. */
export function leads({ self, view, active, setting }: Readonly<PbftState>): boolean {
  return active && primaryOf(view, setting) === self;
}

export function othersThan({ self, setting }: Readonly<PbftState>): ReplicaId[] {
  return setting.voters.filter((id) => id !== self);
}

/** The slot `n`, made if it is not there. `n` must be within the window. */
export function slotAt({ slots }: PbftState, n: number): Slot {
  let slot = slots.get(n);
  if (!slot) {
    slot = {
      n,
      prePrepare: null,
      batches: new Map(),
      prepares: new Map(),
      commits: new Map(),
      prepared: null,
      decision: null,
      late: [],
    };
    slots.set(n, slot);
  }
  return slot;
}

/** What executing `request` gave, if that is committed. */
export function committedOutcome(
  { state, context }: Pbft,
  request: ClientRequest,
): Outcome | 'forgotten' | null {
  const outcome = context.service.outcomeOf(request);
  if (outcome === null || outcome === 'forgotten') return outcome;
  return outcome.index <= state.index ? outcome : null;
}

/** What `digest` stands for in this slot, `null` if that is not known. */
export function batchOf(slot: Slot, digest: string): Batch | null {
  return digest === nullDigest ? [] : (slot.batches.get(digest) ?? null);
}

/** Slots by ascending sequence number. */
export function slotsInOrder({ slots }: Readonly<PbftState>): Slot[] {
  return slots.values().sort((a, b) => a.n - b.n);
}
