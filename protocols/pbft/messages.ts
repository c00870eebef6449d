/**
 * The messages of PBFT (OSDI '99, with signatures). The field `i` of the paper's messages is the signer. A batch
 * travels beside the pre-prepare that names its digest, so that certificates stay small.
 */
import * as v from 'valibot';
import { integerSchema, signedRequestSchema, type SignedRequest } from '../core/client.ts';
import { digestSchema } from '../core/digest.ts';
import { limits } from '../core/limits.ts';
import { signedSchema, type Signed } from '../core/signed.ts';
import { sequenceSchema, transferSchemas, type TransferMessage } from './transfer-messages.ts';

/** ⟨PRE-PREPARE, v, n, d⟩ by the primary of `view` (§4.2). */
export interface PrePrepare {
  readonly kind: 'PRE-PREPARE';
  readonly view: number;
  /** Sequence number, from 1. */
  readonly n: number;
  /** Of the batch: 64 hex digits. The empty batch is the null request. */
  readonly digest: string;
}

/** ⟨PREPARE, v, n, d, i⟩ by a backup (§4.2). */
export interface Prepare {
  readonly kind: 'PREPARE';
  readonly view: number;
  readonly n: number;
  readonly digest: string;
}

/** ⟨COMMIT, v, n, d, i⟩ (§4.2; the OSDI text signs the digest too). */
export interface Commit {
  readonly kind: 'COMMIT';
  readonly view: number;
  readonly n: number;
  readonly digest: string;
}

/** ⟨CHECKPOINT, n, d, i⟩: the state after slot `n`, client table included (§4.3). */
export interface Checkpoint {
  readonly kind: 'CHECKPOINT';
  readonly n: number;
  readonly digest: string;
}

/** A request that prepared at a replica: its pre-prepare and matching prepares of one view (an element of P, §4.4). */
export interface PreparedCertificate {
  readonly prePrepare: Signed<PrePrepare>;
  readonly prepares: readonly Signed<Prepare>[];
}

/** ⟨VIEW-CHANGE, v + 1, n, C, P, i⟩ (§4.4). */
export interface ViewChange {
  readonly kind: 'VIEW-CHANGE';
  /** The view the signer moves to. */
  readonly view: number;
  /** Sequence number of its last stable checkpoint; 0 before the first. */
  readonly stable: number;
  /** C: a quorum of checkpoints that proves `stable`; empty for 0. */
  readonly checkpoints: readonly Signed<Checkpoint>[];
  /** P: what prepared above `stable`, at most one for each sequence number, ascending. */
  readonly prepared: readonly PreparedCertificate[];
}

/** ⟨NEW-VIEW, v + 1, V, O⟩ by the primary of `view` (§4.4). */
export interface NewView {
  readonly kind: 'NEW-VIEW';
  readonly view: number;
  /** V: a quorum of view changes to `view`, its own included. */
  readonly viewChanges: readonly Signed<ViewChange>[];
  /** O: ascending, without gaps. */
  readonly prePrepares: readonly Signed<PrePrepare>[];
}

/** Everything a replica of PBFT signs. */
export type PbftStatement = PrePrepare | Prepare | Commit | Checkpoint | ViewChange | NewView;

/** What is ordered as one. Its digest covers the proofs of its requests too. */
export type Batch = readonly SignedRequest[];

export type PbftMessage =
  | {
      readonly type: 'PRE-PREPARE';
      readonly statement: Signed<PrePrepare>;
      readonly batch: Batch;
    }
  | { readonly type: 'PREPARE'; readonly statement: Signed<Prepare> }
  | { readonly type: 'COMMIT'; readonly statement: Signed<Commit> }
  | { readonly type: 'CHECKPOINT'; readonly statement: Signed<Checkpoint> }
  | { readonly type: 'VIEW-CHANGE'; readonly statement: Signed<ViewChange> }
  | { readonly type: 'NEW-VIEW'; readonly statement: Signed<NewView> }
  /** A backup passes on what clients asked of it (P3). */
  | { readonly type: 'REQUEST'; readonly requests: readonly SignedRequest[] }
  /** A decision with its proof: a quorum of commits of one view. Good in any view, for who fell behind. */
  | { readonly type: 'DECIDED'; readonly batch: Batch; readonly commits: readonly Signed<Commit>[] }
  /** A stable checkpoint with its proof. */
  | { readonly type: 'STABLE'; readonly checkpoints: readonly Signed<Checkpoint>[] }
  | { readonly type: 'BATCH'; readonly n: number; readonly batch: Batch }
  | TransferMessage;

const voters = <T>(item: v.GenericSchema<unknown, T>) =>
  v.pipe(v.array(item), v.maxLength(limits.votersMax));

const slotEntries = { view: integerSchema, n: sequenceSchema, digest: digestSchema };
export const prePrepareSchema = v.strictObject({ kind: v.literal('PRE-PREPARE'), ...slotEntries });
export const prepareSchema = v.strictObject({ kind: v.literal('PREPARE'), ...slotEntries });
export const commitSchema = v.strictObject({ kind: v.literal('COMMIT'), ...slotEntries });
export const checkpointSchema = v.strictObject({
  kind: v.literal('CHECKPOINT'),
  n: sequenceSchema,
  digest: digestSchema,
});
export const preparedCertificateSchema: v.GenericSchema<unknown, PreparedCertificate> =
  v.strictObject({
    prePrepare: signedSchema(prePrepareSchema),
    prepares: voters(signedSchema(prepareSchema)),
  });
export const viewChangeSchema: v.GenericSchema<unknown, ViewChange> = v.strictObject({
  kind: v.literal('VIEW-CHANGE'),
  view: v.pipe(integerSchema, v.minValue(1)),
  stable: integerSchema,
  checkpoints: voters(signedSchema(checkpointSchema)),
  prepared: v.pipe(v.array(preparedCertificateSchema), v.maxLength(limits.slotsInWindowMax)),
});
export const newViewSchema: v.GenericSchema<unknown, NewView> = v.strictObject({
  kind: v.literal('NEW-VIEW'),
  view: v.pipe(integerSchema, v.minValue(1)),
  viewChanges: voters(signedSchema(viewChangeSchema)),
  prePrepares: v.pipe(
    v.array(signedSchema(prePrepareSchema)),
    v.maxLength(limits.slotsInWindowMax),
  ),
});

export const batchSchema: v.GenericSchema<unknown, Batch> = v.pipe(
  v.array(signedRequestSchema),
  v.maxLength(limits.requestsPerMessageMax),
);

export const messageSchema: v.GenericSchema<unknown, PbftMessage> = v.variant('type', [
  v.strictObject({
    type: v.literal('PRE-PREPARE'),
    statement: signedSchema(prePrepareSchema),
    batch: batchSchema,
  }),
  v.strictObject({ type: v.literal('PREPARE'), statement: signedSchema(prepareSchema) }),
  v.strictObject({ type: v.literal('COMMIT'), statement: signedSchema(commitSchema) }),
  v.strictObject({ type: v.literal('CHECKPOINT'), statement: signedSchema(checkpointSchema) }),
  v.strictObject({ type: v.literal('VIEW-CHANGE'), statement: signedSchema(viewChangeSchema) }),
  v.strictObject({ type: v.literal('NEW-VIEW'), statement: signedSchema(newViewSchema) }),
  v.strictObject({ type: v.literal('REQUEST'), requests: batchSchema }),
  v.strictObject({
    type: v.literal('DECIDED'),
    batch: batchSchema,
    commits: voters(signedSchema(commitSchema)),
  }),
  v.strictObject({
    type: v.literal('STABLE'),
    checkpoints: voters(signedSchema(checkpointSchema)),
  }),
  v.strictObject({ type: v.literal('BATCH'), n: sequenceSchema, batch: batchSchema }),
  ...transferSchemas,
]);
