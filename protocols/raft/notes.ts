/** What a Raft replica tells the screen: what it did and, above all, why it refused. */
import * as v from 'valibot';
import { integerSchema, refusalSchema, replicaIdSchema } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import { logPositionSchema } from './messages.ts';

/** Free text of a note: written by our own code, but it crosses the wire in a trace. */
const textSchema = v.pipe(v.string(), v.maxLength(256));
const countSchema = integerSchema;
const operationRefusalSchema = v.picklist([
  'not-leader',
  'change-under-way',
  'nothing-committed',
  'no-voters',
  'named-twice',
  'too-many',
  'unchanged',
  'not-a-voter',
  'to-itself',
  'already-transferring',
]);
export type OperationRefusal = v.InferOutput<typeof operationRefusalSchema>;
/** Up to two configurations' voters: a joint one has both. */
const idsSchema = v.pipe(v.array(replicaIdSchema), v.maxLength(2 * limits.votersMax));

/**
 * One schema per note. In the words of a screen, with Ben the replica that noted it:
 *
 * - `preVoteStarted`: Ben heard nothing and asks who would vote for him in term 3
 * - `preVoteLost`: a majority would not vote for Ben in term 3
 * - `electionStarted`: Ben stands for election in term 3
 * - `electionLost`: a majority refused Ben in term 3
 * - `becameLeader`: Ben leads term 3, elected by Ana, Ben and Eva
 * - `steppedDown`: Ben is a follower again, because he heard of term 4 / of the leader of term 3 / because he slept
 *   / because no majority hears him any more
 * - `leaderLearned`: Ben follows Ana in term 3
 * - `voteGranted`: Ben votes, or would vote (`preVote`), for Ana in term 3
 * - `voteRefused`: Ben refuses Ana: already voted for Eva in this term (`votedFor` is Eva)
 * - `appendRefused`: Ben refuses entries of Ana: he lacks the entry before them, his log may match up to `hint`
 * - `truncated`: Ben removes entries 5–7, which his leader does not have
 * - `acknowledgementIgnored`: Ben ignores Ana's acknowledgement of entries that were never sent
 * - `requestsRefused`, `queriesRefused`: Ben refuses 3 requests, or queries: no leader known
 * - `operationRefused`: Ben cannot hand over his office: he does not lead
 * - `transferStarted`: Ben begins to hand over to Ana, and takes nothing in meanwhile
 * - `transferAborted`: Ana did not take over in time, and Ben leads on
 * - `toldToStand`: Ben is told by Ana, who leads, to take over
 * - `strangerIgnored`: Ben ignores the vote of someone who is no voter
 * - `configurationInForce`: Ben goes by the configuration of entry 7 from now on, committed or not
 * - `learnersAdded`: Ben sends Eva and Leo everything before they may vote
 * - `learnerCaughtUp`: Eva has caught up after 2 rounds
 * - `changeAbandoned`: Ben gives up making Eva a voter: she does not answer / she remains too far behind
 * - `membershipChanged`: the change at entry 9 is committed: Eva votes from now on, Ana does no longer
 * - `compacted`: Ben has a snapshot of everything up to entry 8192, and his log begins above entry 7168
 * - `snapshotNeeded`: Ben sends Eva his snapshot, since the entries she lacks are no longer in his log
 * - `snapshotRestored`: Ben goes on from the snapshot at entry 8192, sent by Ana / of his own disk
 * - `snapshotRefused`: Ben refuses a snapshot of Ana
 * - `assumptionBroken`: Ben saw what Raft rules out, and stops voting
 * - `recovered`: Ben is back with term 3 and 17 entries on his disk
 * - `epochEnded`: Ben executed the stop at index 18; his state has this digest
 */
export const noteSchema = v.variant('note', [
  v.strictObject({ note: v.literal('preVoteStarted'), term: integerSchema }),
  v.strictObject({
    note: v.literal('preVoteLost'),
    term: integerSchema,
    refusedBy: idsSchema,
  }),
  v.strictObject({ note: v.literal('electionStarted'), term: integerSchema }),
  v.strictObject({
    note: v.literal('electionLost'),
    term: integerSchema,
    refusedBy: idsSchema,
  }),
  v.strictObject({
    note: v.literal('becameLeader'),
    term: integerSchema,
    votes: idsSchema,
  }),
  v.strictObject({
    note: v.literal('steppedDown'),
    from: v.picklist(['preCandidate', 'candidate', 'leader']),
    /** The term in which it is a follower now. */
    term: integerSchema,
    reason: v.picklist(['higher-term', 'leader-heard', 'slept', 'removed', 'quorum-lost']),
  }),
  v.strictObject({
    note: v.literal('leaderLearned'),
    leader: replicaIdSchema,
    term: integerSchema,
  }),
  v.strictObject({
    note: v.literal('voteGranted'),
    to: replicaIdSchema,
    /** The term voted in, or asked about. */
    term: integerSchema,
    preVote: v.boolean(),
  }),
  v.strictObject({
    note: v.literal('voteRefused'),
    to: replicaIdSchema,
    /** The voter's current term. */
    term: integerSchema,
    reason: v.picklist([
      'stale-term',
      'already-voted',
      'leader-known',
      'leader-heard',
      'log-behind',
    ]),
    votedFor: v.nullable(replicaIdSchema),
    preVote: v.boolean(),
  }),
  v.strictObject({
    note: v.literal('appendRefused'),
    from: replicaIdSchema,
    /** The follower's current term. */
    term: integerSchema,
    reason: v.picklist(['stale-term', 'no-match', 'second-leader', 'impossible']),
    /** The last position that may match, for `no-match`. */
    hint: v.nullable(logPositionSchema),
  }),
  v.strictObject({
    note: v.literal('truncated'),
    from: integerSchema,
    to: integerSchema,
    leader: replicaIdSchema,
  }),
  v.strictObject({
    note: v.literal('acknowledgementIgnored'),
    from: replicaIdSchema,
    matchIndex: integerSchema,
  }),
  v.strictObject({
    note: v.literal('requestsRefused'),
    reason: refusalSchema,
    count: countSchema,
  }),
  v.strictObject({
    note: v.literal('queriesRefused'),
    reason: refusalSchema,
    count: countSchema,
  }),
  v.strictObject({
    note: v.literal('operationRefused'),
    operation: v.picklist(['transferLeadership', 'changeMembership']),
    reason: operationRefusalSchema,
  }),
  v.strictObject({ note: v.literal('transferStarted'), to: replicaIdSchema, term: integerSchema }),
  v.strictObject({
    note: v.literal('transferAborted'),
    to: replicaIdSchema,
    term: integerSchema,
    reason: v.picklist(['timed-out', 'not-a-voter', 'slept']),
  }),
  v.strictObject({ note: v.literal('toldToStand'), from: replicaIdSchema, term: integerSchema }),
  v.strictObject({ note: v.literal('strangerIgnored'), from: replicaIdSchema }),
  v.strictObject({
    note: v.literal('configurationInForce'),
    index: integerSchema,
    voters: idsSchema,
    votersOld: idsSchema,
    learners: idsSchema,
  }),
  v.strictObject({ note: v.literal('learnersAdded'), learners: idsSchema }),
  v.strictObject({
    note: v.literal('learnerCaughtUp'),
    learner: replicaIdSchema,
    rounds: countSchema,
  }),
  v.strictObject({
    note: v.literal('changeAbandoned'),
    newcomer: replicaIdSchema,
    reason: v.picklist(['no-answer', 'too-slow']),
  }),
  v.strictObject({
    note: v.literal('membershipChanged'),
    index: integerSchema,
    /** Voters now and not before, and the other way round. */
    promoted: idsSchema,
    removed: idsSchema,
    learners: idsSchema,
  }),
  v.strictObject({
    note: v.literal('compacted'),
    lastIncludedIndex: integerSchema,
    baseIndex: integerSchema,
  }),
  v.strictObject({
    note: v.literal('snapshotNeeded'),
    to: replicaIdSchema,
    lastIncludedIndex: integerSchema,
  }),
  v.strictObject({
    note: v.literal('snapshotRestored'),
    lastIncludedIndex: integerSchema,
    /** `null`: found on its own disk. */
    from: v.nullable(replicaIdSchema),
  }),
  v.strictObject({
    note: v.literal('snapshotRefused'),
    from: replicaIdSchema,
    term: integerSchema,
    reason: v.picklist(['stale-term', 'second-leader', 'impossible']),
  }),
  v.strictObject({ note: v.literal('assumptionBroken'), text: textSchema }),
  v.strictObject({
    note: v.literal('recovered'),
    term: integerSchema,
    lastIndex: integerSchema,
  }),
  v.strictObject({ note: v.literal('epochEnded'), index: integerSchema, digest: textSchema }),
]);

export type RaftNote = v.InferOutput<typeof noteSchema>;
/** Why a vote was refused. */
export type VoteRefusal = Extract<RaftNote, { note: 'voteRefused' }>['reason'];
/** Why a transfer that had begun did not come about. */
export type TransferFailure = Extract<RaftNote, { note: 'transferAborted' }>['reason'];
