/**
 * The messages of Raft. Two fields of the paper's tables are missing on purpose: `candidateId` and `leaderId` are
 * whoever the link proved to be the sender (K9). Every handler works without knowing which request an answer belongs
 * to, so answers say themselves what they are about.
 */
import * as v from 'valibot';
import { clientRequestSchema, integerSchema, wellFormed } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import { clientMessageSchemas, type ClientMessage } from './client-messages.ts';
import { configurationSchema, type Configuration } from './configuration.ts';
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

/**
 * Invoked by the leader to send a snapshot in pieces to a follower that is too far behind (§7).
 *
 * | paper | here | meaning |
 * |---|---|---|
 * | term | `term` | leader's term |
 * | leaderId | the sender | so followers can redirect clients |
 * | lastIncludedIndex | `lastIncludedIndex` | the snapshot replaces all entries up through this index |
 * | lastIncludedTerm | `lastIncludedTerm` | term of `lastIncludedIndex` |
 * | lastConfig | `configuration` | in force at `lastIncludedIndex` (dissertation, Fig. 5.3) |
 * | offset | `offset` | where the piece stands in the snapshot, in characters |
 * | data[] | `data` | the piece |
 * | done | `done` | true if this is the last piece |
 */
export interface InstallSnapshot {
  readonly type: 'InstallSnapshot';
  readonly term: number;
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  readonly configuration: Configuration;
  readonly offset: number;
  readonly data: string;
  readonly done: boolean;
}

/**
 * | paper | here | meaning |
 * |---|---|---|
 * | term | `term` | the follower's current term, for the leader to update itself |
 * | – | `lastIncludedIndex` | of the message answered |
 * | – | `offset` | characters of that snapshot the follower holds, without a gap |
 * | – | `installed` | true if everything up to `lastIncludedIndex` is committed and durable at the follower, by this snapshot or not |
 */
export interface InstallSnapshotResponse {
  readonly type: 'InstallSnapshotResponse';
  readonly term: number;
  readonly lastIncludedIndex: number;
  readonly offset: number;
  readonly installed: boolean;
}

/** The leader to the replica it hands its office to: stand for election at once (dissertation §3.10). */
export interface TimeoutNow {
  readonly type: 'TimeoutNow';
  readonly term: number;
}

export type RaftMessage =
  | RequestVote
  | RequestVoteResponse
  | AppendEntries
  | AppendEntriesResponse
  | InstallSnapshot
  | InstallSnapshotResponse
  | TimeoutNow
  | ClientMessage;

export const logEntrySchema: v.GenericSchema<unknown, LogEntry> = v.variant('kind', [
  v.strictObject({
    kind: v.literal('command'),
    term: integerSchema,
    request: clientRequestSchema,
  }),
  v.strictObject({ kind: v.literal('noop'), term: integerSchema }),
  v.strictObject({
    kind: v.literal('config'),
    term: integerSchema,
    configuration: configurationSchema,
  }),
]);

export const logPositionSchema: v.GenericSchema<unknown, LogPosition> = v.strictObject({
  index: integerSchema,
  term: integerSchema,
});

// The count is checked before the items: a list of a million must not cost a million checks.
const entriesSchema = v.pipe(
  v.custom<unknown[]>((x) => Array.isArray(x) && x.length <= limits.entriesPerAppendMax),
  v.array(logEntrySchema),
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
  v.strictObject({
    type: v.literal('InstallSnapshot'),
    term: integerSchema,
    lastIncludedIndex: integerSchema,
    lastIncludedTerm: integerSchema,
    configuration: configurationSchema,
    offset: integerSchema,
    data: v.pipe(v.string(), v.maxLength(limits.chunkCharactersMax), wellFormed),
    done: v.boolean(),
  }),
  v.strictObject({
    type: v.literal('InstallSnapshotResponse'),
    term: integerSchema,
    lastIncludedIndex: integerSchema,
    offset: integerSchema,
    installed: v.boolean(),
  }),
  v.strictObject({ type: v.literal('TimeoutNow'), term: integerSchema }),
  ...clientMessageSchemas,
]);
