/**
 * What clients and replicas say to each other, the same for every protocol, and the pure client.
 */
import * as v from 'valibot';
import { isClientId, isMemberId, type ClientId, type ReplicaId } from './ids.ts';
import { limits } from './limits.ts';
import type { Ticks } from './replica.ts';

/** An operation of the replicated key-value store. */
export type Command =
  | { readonly op: 'put'; readonly key: string; readonly value: string }
  | { readonly op: 'get'; readonly key: string }
  /** Writes `value` if the key holds `expected` (`null`: if it is absent). */
  | {
      readonly op: 'cas';
      readonly key: string;
      readonly expected: string | null;
      readonly value: string;
    }
  | { readonly op: 'delete'; readonly key: string }
  /** Ends the epoch: nothing after it executes. `successor` is free text that says what comes. */
  | { readonly op: 'stop'; readonly successor: string };

/** What executing a command gave. `ok: false` is an answer too: the command executed and was refused. */
export type Result =
  | { readonly ok: true; readonly value: string | null }
  | { readonly ok: false; readonly error: ResultError; readonly value: string | null };
export type ResultError =
  | 'cas-mismatch'
  | 'state-full'
  | 'epoch-ended'
  | 'too-many-clients'
  | 'too-many-in-flight'
  | 'session-expired';

/**
 * `(client, seq)` executes at most once. `seq` counts from 1; every request below `ackedBelow` has been answered
 * and its result may be forgotten, so many may be in flight and arrive in any order.
 */
export interface ClientRequest {
  readonly client: ClientId;
  readonly seq: number;
  readonly ackedBelow: number;
  readonly command: Command;
}

/** A member's signature of one of its clients' requests, with the key: who asks need not be on the roster. */
export interface RequestProof {
  /** 64 lowercase hex digits. The id of the client derives from it. */
  readonly key: string;
  /** 128 lowercase hex digits. */
  readonly signature: string;
}

/** Where replicas may lie: a request that nobody but its client can have made. */
export interface SignedRequest extends ClientRequest {
  readonly proof: RequestProof;
}

/**
 * How a replica may answer a query without an entry in the log:
 *
 * - `index`: the leader makes sure that it still leads, by one round of messages that many queries share
 * - `lease`: the leader trusts clocks instead: as long as a majority said lately that it hears it, nobody else leads
 * - `local`: what the replica asked has executed, however old that is
 * - `quorum`: all replicas are asked, and a quorum of equal answers counts, so that an honest one is up to date
 */
export const readModes = ['index', 'lease', 'local', 'quorum'] as const;
export type ReadMode = (typeof readModes)[number];

/** How a `get` was answered: as a command of the log, or as a query. */
export type Served = 'log' | ReadMode;

/**
 * A `get` that takes no place in the log and leaves no result in the client's session (dissertation Fig. 6.1,
 * ClientQuery): nothing executes, so asking again does no harm.
 */
export interface ClientQuery {
  readonly client: ClientId;
  /** Counts the client's queries from 1, apart from `seq`. */
  readonly query: number;
  readonly key: string;
  readonly read: ReadMode;
  /** The highest index the client has seen: no replica may answer from an older state (dissertation §6.4.1). */
  readonly minIndex: number;
}

/** What a client sends a replica. */
export type ClientMessage = ClientRequest | SignedRequest | ClientQuery;

export function isQuery(message: ClientMessage): message is ClientQuery {
  return 'query' in message;
}

/** Answer to one request. `leader` is a hint where to go next time, `null` when none is known. */
export type ClientReply =
  | {
      readonly type: 'done';
      readonly seq: number;
      /** Position in the replicated log at which the command executed. */
      readonly index: number;
      readonly result: Result;
      readonly leader: ReplicaId | null;
      /** The view in which it was executed before it was committed: it may be taken back (PBFT). Absent: it is final. */
      readonly tentative?: number;
    }
  /** Not taken in, by this replica at least: try again, elsewhere or later. It may still execute if sent before. */
  | {
      readonly type: 'refused';
      readonly seq: number;
      readonly reason: Refusal;
      readonly leader: ReplicaId | null;
    }
  /** Answer to a query. */
  | {
      readonly type: 'read';
      readonly query: number;
      readonly served: ReadMode;
      /** The state after the entry at this index is what was read. */
      readonly index: number;
      readonly result: Result;
      readonly leader: ReplicaId | null;
    }
  | {
      readonly type: 'readRefused';
      readonly query: number;
      readonly reason: Refusal;
      readonly leader: ReplicaId | null;
    };

const refusals = [
  'no-leader',
  'not-leader',
  'overloaded',
  'stopped-voting',
  /** The leader hands over its office and takes nothing in until that is done. */
  'transferring',
] as const;
export type Refusal = (typeof refusals)[number];
export const refusalSchema = v.picklist(refusals);

export const wellFormed = v.check((text: string) => text.isWellFormed(), 'not well-formed Unicode');
export const integerSchema = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.maxValue(limits.integerMax),
  v.check((n) => !Object.is(n, -0), 'negative zero'),
);
export const replicaIdSchema = v.custom<ReplicaId>((x) => typeof x === 'string' && isMemberId(x));
export const clientIdSchema = v.custom<ClientId>((x) => typeof x === 'string' && isClientId(x));
const keySchema = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(limits.keyCharactersMax),
  wellFormed,
);
const valueSchema = v.pipe(v.string(), v.maxLength(limits.valueCharactersMax), wellFormed);

export const commandSchema: v.GenericSchema<unknown, Command> = v.variant('op', [
  v.strictObject({ op: v.literal('put'), key: keySchema, value: valueSchema }),
  v.strictObject({ op: v.literal('get'), key: keySchema }),
  v.strictObject({
    op: v.literal('cas'),
    key: keySchema,
    expected: v.nullable(valueSchema),
    value: valueSchema,
  }),
  v.strictObject({ op: v.literal('delete'), key: keySchema }),
  v.strictObject({ op: v.literal('stop'), successor: keySchema }),
]);

export const resultSchema: v.GenericSchema<unknown, Result> = v.variant('ok', [
  v.strictObject({ ok: v.literal(true), value: v.nullable(valueSchema) }),
  v.strictObject({
    ok: v.literal(false),
    error: v.picklist([
      'cas-mismatch',
      'state-full',
      'epoch-ended',
      'too-many-clients',
      'too-many-in-flight',
      'session-expired',
    ]),
    value: v.nullable(valueSchema),
  }),
]);

export const clientRequestSchema: v.GenericSchema<unknown, ClientRequest> = v.strictObject({
  client: clientIdSchema,
  seq: integerSchema,
  ackedBelow: integerSchema,
  command: commandSchema,
});

export const signedRequestSchema: v.GenericSchema<unknown, SignedRequest> = v.strictObject({
  client: clientIdSchema,
  seq: integerSchema,
  ackedBelow: integerSchema,
  command: commandSchema,
  proof: v.strictObject({
    key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    signature: v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/)),
  }),
});

/** Queries that ask for a read in one of these `modes`. */
export function clientQuerySchema(
  modes: readonly ReadMode[],
): v.GenericSchema<unknown, ClientQuery> {
  return v.strictObject({
    client: clientIdSchema,
    query: integerSchema,
    key: keySchema,
    read: v.picklist(modes),
    minIndex: integerSchema,
  });
}

export const clientReplySchema: v.GenericSchema<unknown, ClientReply> = v.variant('type', [
  v.strictObject({
    type: v.literal('done'),
    seq: integerSchema,
    index: integerSchema,
    result: resultSchema,
    leader: v.nullable(replicaIdSchema),
    tentative: v.exactOptional(integerSchema),
  }),
  v.strictObject({
    type: v.literal('refused'),
    seq: integerSchema,
    reason: refusalSchema,
    leader: v.nullable(replicaIdSchema),
  }),
  v.strictObject({
    type: v.literal('read'),
    query: integerSchema,
    served: v.picklist(readModes),
    index: integerSchema,
    result: resultSchema,
    leader: v.nullable(replicaIdSchema),
  }),
  v.strictObject({
    type: v.literal('readRefused'),
    query: integerSchema,
    reason: refusalSchema,
    leader: v.nullable(replicaIdSchema),
  }),
]);

/** What a client wants done. `to` says which replica takes the request; the host finds the way. */
export type ClientEffect =
  | { readonly type: 'send'; readonly to: ReplicaId; readonly requests: readonly ClientMessage[] }
  | { readonly type: 'setTimer'; readonly ticks: Ticks }
  | {
      readonly type: 'settled';
      readonly seq: number;
      readonly command: Command;
      readonly index: number;
      readonly result: Result;
      /** So many said so before it was committed that no view change takes it back. */
      readonly tentative: boolean;
    }
  /** A query was answered, from the state after the entry at `index`. */
  | {
      readonly type: 'answered';
      readonly query: number;
      readonly key: string;
      /** `log`: it had to be ordered. */
      readonly served: Served;
      readonly index: number;
      readonly result: Result;
      readonly tentative: boolean;
    };
