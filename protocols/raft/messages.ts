/**
 * The messages of Raft. Two fields of the paper's tables are missing on purpose: `candidateId` and `leaderId` are
 * whoever the link proved to be the sender (K9). Every handler works without knowing which request an answer belongs
 * to, so answers say themselves what they are about.
 */
import * as v from 'valibot';
import {
  clientIdSchema,
  clientReplySchema,
  clientRequestSchema,
  integerSchema,
  type ClientReply,
  type ClientRequest,
  type ReadMode,
} from '../core/client.ts';
import type { ClientId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { LogEntry, LogPosition } from './log.ts';

/**
 * Invoked by candidates to gather votes (Fig. 2, §5.2).
 *
 * | paper | here | meaning |
 * |---|---|---|
 * | term | `term` | candidate's term |
 * | candidateId | the sender | candidate requesting vote |
 * | lastLogIndex | `lastLogIndex` | index of candidate's last log entry (§5.4) |
 * | lastLogTerm | `lastLogTerm` | term of candidate's last log entry (§5.4) |
 * | – | `preVote` | only asks: `term` is the one the sender would stand in, and nobody changes anything (R23) |
 * | – | `transfer` | the leader told it to: who hears that leader may vote all the same (dissertation §4.2.3, R24) |
 */
export interface RequestVote {
  readonly type: 'RequestVote';
  readonly term: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
  readonly preVote: boolean;
  readonly transfer: boolean;
}

/**
 * | paper | here | meaning |
 * |---|---|---|
 * | term | `term` | the voter's current term, for the candidate to update itself; of a pre-vote granted, the term asked for |
 * | voteGranted | `voteGranted` | true means the candidate received the vote |
 * | – | `preVote` | as in the request: the two kinds of answer never mix (R9) |
 */
export interface RequestVoteResponse {
  readonly type: 'RequestVoteResponse';
  readonly term: number;
  readonly voteGranted: boolean;
  readonly preVote: boolean;
}

/**
 * Invoked by the leader to replicate log entries (§5.3); also its heartbeat (§5.2) and its news of commits, both
 * without entries.
 *
 * | paper | here | meaning |
 * |---|---|---|
 * | term | `term` | leader's term |
 * | leaderId | the sender | so followers can redirect clients |
 * | prevLogIndex | `prevLogIndex` | index of log entry immediately preceding new ones |
 * | prevLogTerm | `prevLogTerm` | term of `prevLogIndex` entry |
 * | entries[] | `entries` | log entries to store; entry i has index `prevLogIndex + 1 + i` |
 * | leaderCommit | `leaderCommit` | leader's commitIndex, or less (R19) |
 * | – | `round` | how many rounds of heartbeats the leader has begun in this term; comes back in the answer, so that a read can tell which answers were given after it arrived (R36) |
 */
export interface AppendEntries {
  readonly type: 'AppendEntries';
  readonly term: number;
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly LogEntry[];
  readonly leaderCommit: number;
  readonly round: number;
}

/**
 * | paper | here | meaning |
 * |---|---|---|
 * | term | `term` | the follower's current term, for the leader to update itself |
 * | success | `success` | true if the follower held the entry at `prevLogIndex` and `prevLogTerm` |
 * | – | `matchIndex` | last index that the message answered proved equal: `prevLogIndex + entries.length`. Durable. A leader says the same to itself once its own write is done (K4) |
 * | – | `prevLogIndex` | of the message refused |
 * | – | `hint` | the follower's last position that may match: all of its terms above `prevLogTerm` are skipped (§5.3) |
 * | – | `round` | of the message answered |
 */
export type AppendEntriesResponse =
  | {
      readonly type: 'AppendEntriesResponse';
      readonly success: true;
      readonly term: number;
      readonly matchIndex: number;
      readonly round: number;
    }
  | {
      readonly type: 'AppendEntriesResponse';
      readonly success: false;
      readonly term: number;
      readonly prevLogIndex: number;
      readonly hint: LogPosition;
      readonly round: number;
    };

/** The leader to the replica it hands its office to: stand for election at once (dissertation §3.10). */
export interface TimeoutNow {
  readonly type: 'TimeoutNow';
  readonly term: number;
}

/**
 * Names a question for a read index. The number alone would not do: an answer meant for an earlier life of the one
 * that asks could come with an index that is too low.
 */
export interface ReadContext {
  readonly incarnation: number;
  readonly number: number;
}

/** A follower asks the leader from which index on it may answer the queries it holds (dissertation §6.4, R38). */
export interface ReadIndex {
  readonly type: 'ReadIndex';
  readonly context: ReadContext;
  /** Whether a lease will do. */
  readonly read: LeaderRead;
}

/** `success` is false from a replica that does not lead, or owes too many answers. */
export type ReadIndexResponse =
  | {
      readonly type: 'ReadIndexResponse';
      readonly success: true;
      readonly context: ReadContext;
      readonly served: LeaderRead;
      readonly index: number;
    }
  | {
      readonly type: 'ReadIndexResponse';
      readonly success: false;
      readonly context: ReadContext;
    };

/** The ways to read that need the leader. */
export type LeaderRead = Exclude<ReadMode, 'local'>;

/** A follower hands its clients' requests to the leader it knows (§8). Handed on once only: a stale hint cannot make a circle. */
export interface ForwardRequests {
  readonly type: 'ForwardRequests';
  readonly requests: readonly ClientRequest[];
}

/** The answers, back to the replica that took the requests. */
export interface ForwardReplies {
  readonly type: 'ForwardReplies';
  readonly replies: readonly AddressedReply[];
}
export interface AddressedReply {
  readonly client: ClientId;
  readonly reply: ClientReply;
}

export type RaftMessage =
  | RequestVote
  | RequestVoteResponse
  | AppendEntries
  | AppendEntriesResponse
  | TimeoutNow
  | ReadIndex
  | ReadIndexResponse
  | ForwardRequests
  | ForwardReplies;

export const logEntrySchema: v.GenericSchema<unknown, LogEntry> = v.variant('kind', [
  v.strictObject({
    kind: v.literal('command'),
    term: integerSchema,
    request: clientRequestSchema,
  }),
  v.strictObject({ kind: v.literal('noop'), term: integerSchema }),
]);

export const logPositionSchema: v.GenericSchema<unknown, LogPosition> = v.strictObject({
  index: integerSchema,
  term: integerSchema,
});

const readContextSchema = v.strictObject({ incarnation: integerSchema, number: integerSchema });
const leaderReadSchema = v.picklist(['index', 'lease']);

// The count is checked before the items: a list of a million must not cost a million checks.
const entriesSchema = v.pipe(
  v.custom<unknown[]>((x) => Array.isArray(x) && x.length <= limits.entriesPerAppendMax),
  v.array(logEntrySchema),
);
const requestsSchema = v.pipe(
  v.custom<unknown[]>((x) => Array.isArray(x) && x.length <= limits.requestsPerMessageMax),
  v.array(clientRequestSchema),
);
const repliesSchema = v.pipe(
  v.custom<unknown[]>((x) => Array.isArray(x) && x.length <= limits.requestsPerMessageMax),
  v.array(v.strictObject({ client: clientIdSchema, reply: clientReplySchema })),
);

export const messageSchema: v.GenericSchema<unknown, RaftMessage> = v.variant('type', [
  v.strictObject({
    type: v.literal('AppendEntries'),
    term: integerSchema,
    prevLogIndex: integerSchema,
    prevLogTerm: integerSchema,
    entries: entriesSchema,
    leaderCommit: integerSchema,
    round: integerSchema,
  }),
  v.variant('success', [
    v.strictObject({
      type: v.literal('AppendEntriesResponse'),
      success: v.literal(true),
      term: integerSchema,
      matchIndex: integerSchema,
      round: integerSchema,
    }),
    v.strictObject({
      type: v.literal('AppendEntriesResponse'),
      success: v.literal(false),
      term: integerSchema,
      prevLogIndex: integerSchema,
      hint: logPositionSchema,
      round: integerSchema,
    }),
  ]),
  v.strictObject({
    type: v.literal('RequestVote'),
    term: integerSchema,
    lastLogIndex: integerSchema,
    lastLogTerm: integerSchema,
    preVote: v.boolean(),
    transfer: v.boolean(),
  }),
  v.strictObject({
    type: v.literal('RequestVoteResponse'),
    term: integerSchema,
    voteGranted: v.boolean(),
    preVote: v.boolean(),
  }),
  v.strictObject({ type: v.literal('TimeoutNow'), term: integerSchema }),
  v.strictObject({
    type: v.literal('ReadIndex'),
    context: readContextSchema,
    read: leaderReadSchema,
  }),
  v.variant('success', [
    v.strictObject({
      type: v.literal('ReadIndexResponse'),
      success: v.literal(true),
      context: readContextSchema,
      served: leaderReadSchema,
      index: integerSchema,
    }),
    v.strictObject({
      type: v.literal('ReadIndexResponse'),
      success: v.literal(false),
      context: readContextSchema,
    }),
  ]),
  v.strictObject({ type: v.literal('ForwardRequests'), requests: requestsSchema }),
  v.strictObject({ type: v.literal('ForwardReplies'), replies: repliesSchema }),
]);
