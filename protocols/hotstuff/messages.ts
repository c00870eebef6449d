/**
 * The messages of HotStuff. Votes and timeouts are signed by replicas, and so is the digest of a proposed block; a
 * certificate holds the votes that make it. What is not signed proves itself.
 */
import * as v from 'valibot';
import { aggregateSchema, sharedSchema, type Aggregate } from '../core/aggregate.ts';
import { integerSchema, replicaIdSchema, signedRequestSchema } from '../core/client.ts';
import type { SignedRequest } from '../core/client.ts';
import { digestSchema } from '../core/digest.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { signedSchema, type Signed } from '../core/signed.ts';
import {
  checkpointSchema,
  transferSchemas,
  type Checkpoint,
  type TransferMessage,
} from './transfer-messages.ts';

/** What is ordered as one. */
export type Batch = readonly SignedRequest[];

/** A leader's word for one block of `view`; the block travels beside it. */
export interface Proposal {
  readonly kind: 'PROPOSAL';
  readonly view: number;
  /** Digest of the block: 64 hex digits. */
  readonly block: string;
  /** View of `block.justify`. */
  readonly justifyView: number;
  /** The highest view that a timeout beside the block names; 0 if none comes with it. */
  readonly highView: number;
}

/**
 * What a vote is for. Chained HotStuff has one kind of vote, each of which serves as prepare, pre-commit and commit for
 * different blocks; basic HotStuff has three, one after the other.
 */
export type Phase = 'generic' | 'prepare' | 'pre-commit' | 'commit';

/** ⟨VOTE, v, b⟩ with the view of b's certificate (H9) and of what its voter is locked on at least, so that two votes can convict. */
export interface Vote {
  readonly kind: 'VOTE';
  readonly phase: Phase;
  readonly view: number;
  readonly block: string;
  /** View of `block.justify`. */
  readonly justifyView: number;
  /** View of the block that whoever gives this vote is locked on at least; 0 for genesis, or if it locks nothing. */
  readonly lockView: number;
}

/** The signer gives up on `view`; the highest certificate it knew is of `highView` (C21). */
export interface Timeout {
  readonly kind: 'TIMEOUT';
  readonly view: number;
  readonly highView: number;
}

/** Everything a replica of HotStuff signs. */
export type HotStuffStatement = Proposal | Vote | Timeout;

/** QC: a quorum voted for `block` in `view`. Of genesis, view 0, there is one, without votes. */
export interface Certificate {
  readonly phase: Phase;
  readonly view: number;
  readonly block: string;
  readonly votes: CertifyingVotes;
}

/** One after the other, or as one: which of the two, the epoch has chosen for all. Read by `certificates.ts`. */
export type CertifyingVotes = readonly Signed<Vote>[] | Aggregate<Vote>;

/**
 * TC: a quorum gave up on one view. Always a list: its timeouts differ in the views that they name, and an aggregate
 * takes a pairing for each.
 */
export type TimeoutCertificate = readonly Signed<Timeout>[];

/** A node of the tree (C1). Its parent is the block that `justify` certifies. */
export interface Block {
  readonly view: number;
  /** Blocks from genesis to here, itself included. */
  readonly height: number;
  readonly proposer: ReplicaId;
  readonly justify: Certificate;
  /** Of the state that its voters agree on; `null` before the first. */
  readonly checkpoint: Checkpoint | null;
  readonly batch: Batch;
}

/** What brings a replica to where the sender is, in one step (C23). */
export interface SyncInfo {
  /** Of the phase that blocks stand on. */
  readonly highQC: Certificate;
  /** The highest commit certificate, where there are phases; `null` before the first. */
  readonly decided: Certificate | null;
  /** `null` if one of those certificates ended a view as high. */
  readonly highTC: TimeoutCertificate | null;
}

export type HotStuffMessage =
  | TransferMessage
  | {
      readonly type: 'PROPOSAL';
      readonly statement: Signed<Proposal>;
      readonly block: Block;
      /** What ended the view before: one of these, unless the block's own certificate did (C8). */
      readonly tc: TimeoutCertificate | null;
      /** The highest commit certificate, where there are phases. */
      readonly decided: Certificate | null;
    }
  /** Basic HotStuff: the leader shows the certificate of the phase before, and asks for the votes of the next. */
  | { readonly type: 'PRE-COMMIT' | 'COMMIT' | 'DECIDE'; readonly certificate: Certificate }
  /** Basic HotStuff: to the leader of the view that the sender has entered. */
  | { readonly type: 'NEW-VIEW'; readonly view: number; readonly sync: SyncInfo }
  | { readonly type: 'VOTE'; readonly statement: Signed<Vote> }
  | {
      readonly type: 'TIMEOUT';
      readonly statement: Signed<Timeout>;
      readonly sync: SyncInfo;
      /** The sender's last vote: the leader it went to may be gone (C27). */
      readonly vote: Signed<Vote> | null;
    }
  | { readonly type: 'SYNC'; readonly sync: SyncInfo }
  /** What the sender heard a leader propose, as somebody voted for another block of that view. */
  | { readonly type: 'HEARD'; readonly statement: Signed<Proposal> }
  | { readonly type: 'REQUEST'; readonly requests: Batch }
  /** Asks for `block` and its ancestors above height `above`. */
  | { readonly type: 'FETCH'; readonly block: string; readonly above: number }
  /** Ascending, each the parent of the next (C13). */
  | { readonly type: 'BLOCKS'; readonly blocks: readonly Block[] }
  /** What was asked for is gone: a quorum vouched for the state that `block` names (C15). */
  | { readonly type: 'STABLE'; readonly block: Block; readonly certificate: Certificate };

/** Genesis is 0, and nobody votes there. */
export const viewSchema = v.pipe(integerSchema, v.minValue(1));

const voters = <T>(of: v.GenericSchema<unknown, T>) =>
  v.pipe(v.array(of), v.maxLength(limits.votersMax));

export const proposalSchema: v.GenericSchema<unknown, Proposal> = v.strictObject({
  kind: v.literal('PROPOSAL'),
  view: viewSchema,
  block: digestSchema,
  justifyView: integerSchema,
  highView: integerSchema,
});
const phaseSchema = v.picklist(['generic', 'prepare', 'pre-commit', 'commit']);
export const voteSchema: v.GenericSchema<unknown, Vote> = v.strictObject({
  kind: v.literal('VOTE'),
  phase: phaseSchema,
  view: viewSchema,
  block: digestSchema,
  justifyView: integerSchema,
  lockView: integerSchema,
});
export const timeoutSchema: v.GenericSchema<unknown, Timeout> = v.strictObject({
  kind: v.literal('TIMEOUT'),
  view: viewSchema,
  highView: integerSchema,
});
const signedVoteSchema = sharedSchema(voteSchema);
export const certificateSchema: v.GenericSchema<unknown, Certificate> = v.strictObject({
  phase: phaseSchema,
  view: integerSchema,
  block: digestSchema,
  votes: v.union([voters(signedVoteSchema), aggregateSchema(voteSchema)]),
});
export const timeoutCertificateSchema: v.GenericSchema<unknown, TimeoutCertificate> = voters(
  signedSchema(timeoutSchema),
);
export const batchSchema: v.GenericSchema<unknown, Batch> = v.pipe(
  v.array(signedRequestSchema),
  v.maxLength(limits.requestsPerMessageMax),
);
export const blockSchema: v.GenericSchema<unknown, Block> = v.strictObject({
  view: viewSchema,
  height: viewSchema,
  proposer: replicaIdSchema,
  justify: certificateSchema,
  checkpoint: v.nullable(checkpointSchema),
  batch: batchSchema,
});
const syncSchema: v.GenericSchema<unknown, SyncInfo> = v.strictObject({
  highQC: certificateSchema,
  decided: v.nullable(certificateSchema),
  highTC: v.nullable(timeoutCertificateSchema),
});

export const messageSchema: v.GenericSchema<unknown, HotStuffMessage> = v.variant('type', [
  v.strictObject({
    type: v.literal('PROPOSAL'),
    statement: signedSchema(proposalSchema),
    block: blockSchema,
    tc: v.nullable(timeoutCertificateSchema),
    decided: v.nullable(certificateSchema),
  }),
  v.strictObject({
    type: v.picklist(['PRE-COMMIT', 'COMMIT', 'DECIDE']),
    certificate: certificateSchema,
  }),
  v.strictObject({ type: v.literal('NEW-VIEW'), view: viewSchema, sync: syncSchema }),
  v.strictObject({ type: v.literal('VOTE'), statement: signedVoteSchema }),
  v.strictObject({
    type: v.literal('TIMEOUT'),
    statement: signedSchema(timeoutSchema),
    sync: syncSchema,
    vote: v.nullable(signedVoteSchema),
  }),
  v.strictObject({ type: v.literal('SYNC'), sync: syncSchema }),
  v.strictObject({ type: v.literal('HEARD'), statement: signedSchema(proposalSchema) }),
  v.strictObject({ type: v.literal('REQUEST'), requests: batchSchema }),
  v.strictObject({ type: v.literal('FETCH'), block: digestSchema, above: integerSchema }),
  v.strictObject({
    type: v.literal('BLOCKS'),
    blocks: v.pipe(v.array(blockSchema), v.maxLength(limits.blocksPerMessageMax)),
  }),
  v.strictObject({
    type: v.literal('STABLE'),
    block: blockSchema,
    certificate: certificateSchema,
  }),
  ...transferSchemas,
]);
