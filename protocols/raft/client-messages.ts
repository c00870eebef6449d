/** What replicas say to each other for their clients' sake: requests handed on, answers back, and reads (§8). */
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

/** The ways to read that Raft offers. */
export const raftReads = ['index', 'lease', 'local'] as const satisfies readonly ReadMode[];

/** Those that need the leader. */
export type LeaderRead = Exclude<(typeof raftReads)[number], 'local'>;

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

export type ClientMessage = ReadIndex | ReadIndexResponse | ForwardRequests | ForwardReplies;

const readContextSchema = v.strictObject({ incarnation: integerSchema, number: integerSchema });
const leaderReadSchema = v.picklist(['index', 'lease']);

// The count is checked before the items, as for entries.
const requestsSchema = v.pipe(
  v.custom<unknown[]>((x) => Array.isArray(x) && x.length <= limits.requestsPerMessageMax),
  v.array(clientRequestSchema),
);
const repliesSchema = v.pipe(
  v.custom<unknown[]>((x) => Array.isArray(x) && x.length <= limits.requestsPerMessageMax),
  v.array(v.strictObject({ client: clientIdSchema, reply: clientReplySchema })),
);

export const clientMessageSchemas = [
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
] as const;
