/** What a session tells whoever listens to it: a screen, a check. */
import type { Evidence } from '#protocols/core/evidence.ts';
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { TraceBatch } from '../host/trace-wire.ts';
import type { LinkStatus } from '../mesh/transport.ts';
import type { Settled } from '../tab/client-machine.ts';
import type { Fork } from './case-book.ts';
import type { Charter } from './charter.ts';
import type { EpochRun } from './epoch-run.ts';
import type { Declaration, DeclaredFaults, MachineReport } from './messages.ts';

export type SessionNews =
  /** Members, links, charter, phase or machine: anything that is read again as a whole. */
  | { readonly type: 'changed' }
  | { readonly type: 'charter'; readonly charter: Charter; readonly before: Charter | null }
  | { readonly type: 'steps'; readonly from: ReplicaId; readonly batch: TraceBatch<unknown> }
  | { readonly type: 'machine'; readonly from: ReplicaId; readonly report: MachineReport }
  /** Faults of its links that a member declares; it may be cut off by them. */
  | { readonly type: 'faults'; readonly from: ReplicaId; readonly faults: DeclaredFaults }
  /** A copy of the store: the own replica's, or a voter's for those who hold none. */
  | {
      readonly type: 'store';
      readonly from: ReplicaId;
      readonly entries: readonly (readonly [key: string, value: string])[];
      readonly total: number;
    }
  | { readonly type: 'settled'; readonly settled: Settled }
  | { readonly type: 'epoch'; readonly run: EpochRun }
  | { readonly type: 'link'; readonly status: LinkStatus }
  /** What a member says of its own replica's honesty. */
  | {
      readonly type: 'declared';
      readonly from: MemberId;
      readonly before: Declaration;
      readonly declaration: Declaration;
    }
  | { readonly type: 'convicted'; readonly evidence: Evidence }
  /** `replica` claims another decision of `slot` than the own replica's, and votes were asked for in vain. */
  | { readonly type: 'doubt'; readonly replica: ReplicaId; readonly slot: number }
  /** Two ledgers contradict each other; again when the court can tell more. */
  | { readonly type: 'forked'; readonly fork: Fork };
