/** What a PBFT replica tells the screen: what it did and, above all, why it refused. */
import * as v from 'valibot';
import { integerSchema, refusalSchema, replicaIdSchema } from '../core/client.ts';

/** Free text of a note: written by our own code, but it crosses the wire in a trace. */
const textSchema = v.pipe(v.string(), v.maxLength(256));

/**
 * One schema per note. In the words of a screen, with Ben the replica that noted it:
 *
 * - `prePrepareRefused`: Ben refuses Ana's pre-prepare for slot 7: its digest is not that of its batch
 * - `voteIgnored`: Ben ignores a prepare of Ana, who is the primary of its view
 * - `proofRefused`: Ben refuses what Ana sent for a proof
 * - `viewChangeStarted`: Ben moves to view 3, since a request was not executed in time / no NEW-VIEW came in time
 *   / others move there
 * - `viewChangeRefused`: Ben refuses Ana's VIEW-CHANGE: it does not prove what it says
 * - `newViewRefused`: Ben refuses Ana's NEW-VIEW: its pre-prepares do not follow from its view changes
 * - `newViewSaid`: Ben has the view changes of Ana, Ben and Eva, and begins view 3 as its primary
 * - `viewEntered`: Ben is in view 3, whose primary is Ana, and redoes 5 slots
 * - `rolledBack`: Ben takes back the 3 requests of slot 7, which it executed before they were committed
 * - `checkpointStable`: Ben knows that slot 16 is stable, and forgets all below
 * - `stateFetched`: Ben is behind, and fetches the state after slot 64 from Ana
 * - `stateRefused`: Ben refuses a piece of the state that Ana sent: its digest is wrong
 * - `stateInstalled`: Ben goes on from the state after slot 64, sent by Ana / of its own disk
 * - `requestsRefused`: Ben refuses 3 requests: too many wait
 * - `operationRefused`: Ben is asked for what PBFT does not have
 * - `assumptionBroken`: Ben saw what PBFT rules out, and stops signing
 * - `recovered`: Ben is back in view 3, with slot 16 stable and 5 slots above it on its disk
 * - `epochEnded`: Ben executed the stop at index 18; its state has this digest
 */
export const noteSchema = v.variant('note', [
  v.strictObject({
    note: v.literal('prePrepareRefused'),
    from: replicaIdSchema,
    view: integerSchema,
    n: integerSchema,
    reason: v.picklist([
      'not-primary',
      'other-view',
      'view-changing',
      'outside-window',
      'second-digest',
      'wrong-digest',
    ]),
  }),
  v.strictObject({
    note: v.literal('voteIgnored'),
    from: replicaIdSchema,
    kind: v.picklist(['PREPARE', 'COMMIT', 'CHECKPOINT']),
    n: integerSchema,
    reason: v.picklist(['of-primary', 'stranger', 'second-digest']),
  }),
  v.strictObject({ note: v.literal('proofRefused'), from: replicaIdSchema }),
  v.strictObject({
    note: v.literal('viewChangeStarted'),
    view: integerSchema,
    reason: v.picklist(['request-late', 'new-view-late', 'others-move']),
  }),
  v.strictObject({
    note: v.literal('viewChangeRefused'),
    from: replicaIdSchema,
    view: integerSchema,
    reason: v.picklist(['stranger', 'unproven-checkpoint', 'wrong-slot', 'unproven-prepared']),
  }),
  v.strictObject({
    note: v.literal('newViewRefused'),
    from: replicaIdSchema,
    view: integerSchema,
    reason: v.picklist([
      'not-primary',
      'duplicate',
      'too-few',
      'other-view',
      'invalid-view-change',
      'wrong-pre-prepares',
    ]),
  }),
  v.strictObject({ note: v.literal('newViewSaid'), view: integerSchema }),
  v.strictObject({
    note: v.literal('viewEntered'),
    view: integerSchema,
    primary: replicaIdSchema,
    /** Whether the primary is the replica that notes it. */
    leads: v.boolean(),
    slots: integerSchema,
  }),
  v.strictObject({ note: v.literal('rolledBack'), n: integerSchema, count: integerSchema }),
  v.strictObject({ note: v.literal('checkpointStable'), n: integerSchema }),
  v.strictObject({ note: v.literal('stateFetched'), n: integerSchema, from: replicaIdSchema }),
  v.strictObject({ note: v.literal('stateRefused'), n: integerSchema, from: replicaIdSchema }),
  v.strictObject({
    note: v.literal('stateInstalled'),
    n: integerSchema,
    /** `null`: found on its own disk. */
    from: v.nullable(replicaIdSchema),
  }),
  v.strictObject({
    note: v.literal('requestsRefused'),
    reason: refusalSchema,
    count: integerSchema,
  }),
  v.strictObject({
    note: v.literal('operationRefused'),
    operation: v.picklist(['transferLeadership', 'changeMembership']),
  }),
  v.strictObject({ note: v.literal('assumptionBroken'), text: textSchema }),
  v.strictObject({
    note: v.literal('recovered'),
    view: integerSchema,
    stable: integerSchema,
    slots: integerSchema,
  }),
  v.strictObject({ note: v.literal('epochEnded'), index: integerSchema, digest: textSchema }),
]);

export type PbftNote = v.InferOutput<typeof noteSchema>;
export type PrePrepareRefusal = Extract<PbftNote, { note: 'prePrepareRefused' }>['reason'];
export type ViewChangeRefusal = Extract<PbftNote, { note: 'viewChangeRefused' }>['reason'];
export type ViewChangeReason = Extract<PbftNote, { note: 'viewChangeStarted' }>['reason'];
export type NewViewRefusal = Extract<PbftNote, { note: 'newViewRefused' }>['reason'];
