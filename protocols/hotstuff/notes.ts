/** What a HotStuff replica tells the screen: what it did and, above all, why it refused. */
import * as v from 'valibot';
import { integerSchema, refusalSchema, replicaIdSchema } from '../core/client.ts';
import { digestSchema } from '../core/digest.ts';

/** Free text of a note: written by our own code, but it crosses the wire in a trace. */
const textSchema = v.pipe(v.string(), v.maxLength(256));

/**
 * One schema per note. In the words of a screen, with Ben the replica that noted it:
 *
 * - `proposalRefused`: Ben refuses Ana's block of view 7: she does not lead it / nothing proves that view 6 has ended
 * - `voteWithheld`: Ben does not vote for Ana's block of view 7: it conflicts with his lock / he gave up on the view
 * - `certified`: Ben counted the votes of a quorum for the block of view 7
 * - `viewEntered`: Ben is in view 8, which Eva leads, since view 7 has a certificate / was given up by a quorum
 * - `timedOut`: Ben gives up on view 8: nothing was committed in time / f + 1 others do
 * - `committed`: Ben commits the block of view 5, at height 5, and what it stands on
 * - `certificateRefused`: Ben refuses what Ana sent for a certificate
 * - `shareRefused`: Ben put votes of view 7 together, and Ana's share was false: he counts no vote of hers any more
 * - `blocksFetched`: Ben asks Ana for the blocks above height 12 that he lacks
 * - `blocksRefused`: Ben refuses blocks of Ana: they do not lead to what he asked for
 * - `checkpointStable`: a quorum vouched for Ben's state at height 512: he forgets the blocks below
 * - `stateFetched`: Ben asks Ana for the state at height 512, since the blocks he lacks are gone
 * - `stateRefused`: Ben refuses a state of Ana: no quorum vouched for it
 * - `stateInstalled`: Ben goes on from the state at height 512, which Ana gave him
 * - `requestsRefused`: Ben refuses 3 requests: too many wait
 * - `operationRefused`: Ben is asked for what HotStuff does not have
 * - `assumptionBroken`: Ben saw what HotStuff rules out, and stops signing
 * - `recovered`: Ben is back in view 8, with 12 blocks on his disk
 * - `epochEnded`: Ben executed the stop at index 18; its state has this digest
 */
export const noteSchema = v.variant('note', [
  v.strictObject({
    note: v.literal('proposalRefused'),
    from: replicaIdSchema,
    view: integerSchema,
    reason: v.picklist([
      'not-leader',
      'other-block',
      'no-certificate',
      'unproven-view',
      'second-block',
    ]),
  }),
  v.strictObject({
    note: v.literal('voteWithheld'),
    from: replicaIdSchema,
    view: integerSchema,
    reason: v.picklist(['locked', 'voted', 'other-view', 'other-state']),
  }),
  v.strictObject({
    note: v.literal('certified'),
    phase: v.picklist(['generic', 'prepare', 'pre-commit', 'commit']),
    view: integerSchema,
    block: digestSchema,
  }),
  v.strictObject({
    note: v.literal('viewEntered'),
    view: integerSchema,
    /** `null` where it depends on a block that is not here yet. */
    leader: v.nullable(replicaIdSchema),
    by: v.picklist(['certificate', 'timeouts']),
  }),
  v.strictObject({
    note: v.literal('timedOut'),
    view: integerSchema,
    reason: v.picklist(['late', 'others']),
  }),
  v.strictObject({ note: v.literal('committed'), view: integerSchema, height: integerSchema }),
  v.strictObject({ note: v.literal('certificateRefused'), from: replicaIdSchema }),
  v.strictObject({ note: v.literal('shareRefused'), from: replicaIdSchema, view: integerSchema }),
  v.strictObject({
    note: v.literal('blocksFetched'),
    from: replicaIdSchema,
    height: integerSchema,
  }),
  v.strictObject({ note: v.literal('blocksRefused'), from: replicaIdSchema }),
  v.strictObject({ note: v.literal('checkpointStable'), height: integerSchema }),
  v.strictObject({
    note: v.picklist(['stateFetched', 'stateRefused', 'stateInstalled']),
    height: integerSchema,
    from: replicaIdSchema,
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
  v.strictObject({ note: v.literal('recovered'), view: integerSchema, blocks: integerSchema }),
  v.strictObject({ note: v.literal('epochEnded'), index: integerSchema, digest: textSchema }),
]);

export type HotStuffNote = v.InferOutput<typeof noteSchema>;
export type ProposalRefusal = Extract<HotStuffNote, { note: 'proposalRefused' }>['reason'];
export type VoteRefusal = Extract<HotStuffNote, { note: 'voteWithheld' }>['reason'];

/** What comes with every block, where nothing goes wrong. */
export function isRoutine(note: HotStuffNote): boolean {
  if (note.note === 'viewEntered') return note.by === 'certificate';
  return note.note === 'certified' || note.note === 'committed';
}
