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

/** Answer to one request. `leader` is a hint where to go next time, `null` when none is known. */
export type ClientReply =
  | {
      readonly type: 'done';
      readonly seq: number;
      /** Position in the replicated log at which the command executed. */
      readonly index: number;
      readonly result: Result;
      readonly leader: ReplicaId | null;
    }
  /** Not taken in, by this replica at least: try again, elsewhere or later. It may still execute if sent before. */
  | {
      readonly type: 'refused';
      readonly seq: number;
      readonly reason: 'no-leader' | 'not-leader' | 'overloaded' | 'stopped-voting';
      readonly leader: ReplicaId | null;
    };

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

export const clientReplySchema: v.GenericSchema<unknown, ClientReply> = v.variant('type', [
  v.strictObject({
    type: v.literal('done'),
    seq: integerSchema,
    index: integerSchema,
    result: resultSchema,
    leader: v.nullable(replicaIdSchema),
  }),
  v.strictObject({
    type: v.literal('refused'),
    seq: integerSchema,
    reason: v.picklist(['no-leader', 'not-leader', 'overloaded', 'stopped-voting']),
    leader: v.nullable(replicaIdSchema),
  }),
]);

/** What a client wants done. `to` says which replica takes the request; the host finds the way. */
export type ClientEffect =
  | { readonly type: 'send'; readonly to: ReplicaId; readonly requests: readonly ClientRequest[] }
  | { readonly type: 'setTimer'; readonly ticks: Ticks }
  | {
      readonly type: 'settled';
      readonly seq: number;
      readonly command: Command;
      readonly index: number;
      readonly result: Result;
    };
