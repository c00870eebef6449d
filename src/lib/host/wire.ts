/**
 * Bytes to values and back: byte cap, parse, schema; every failure is a value that is counted and shown, never a
 * throw. JSON: readable in any debugger, the fastest of the self-describing formats in a browser, and a tenth of its
 * size once it is packed. What replicas send each other is in `envelopes.ts`.
 */
import * as v from 'valibot';
import { clientIdSchema, clientReplySchema } from '#protocols/core/client.ts';
import type { ClientMessage } from '#protocols/core/client.ts';
import { ownerOf, type MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { AddressedReply } from './environment.ts';
import { pack, unpack } from './packing.ts';

export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export const clusterSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function bytesOfJson(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(value));
}

export function encodeJson(value: unknown): Uint8Array {
  return pack(bytesOfJson(value));
}

/** Parses at most `bytesMax` bytes of JSON and holds them to `schema`. */
export function decodeJson<T>(
  schema: v.GenericSchema<unknown, T>,
  bytes: Uint8Array,
  bytesMax: number,
): Decoded<T> {
  const unpacked = unpack(bytes, bytesMax);
  const parsed = unpacked.ok ? parse(unpacked.plain) : unpacked;
  return parsed.ok ? held(schema, parsed.value) : parsed;
}

export function parse(json: Uint8Array): Decoded<unknown> {
  try {
    return { ok: true, value: JSON.parse(decoder.decode(json)) };
  } catch {
    return { ok: false, error: 'not JSON in UTF-8' };
  }
}

/** `value`, if it is what `schema` says. */
export function held<T>(schema: v.GenericSchema<unknown, T>, value: unknown): Decoded<T> {
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (checked.success) return { ok: true, value: checked.output };
  return { ok: false, error: 'not of the form agreed' };
}

/** Requests and queries of one member's clients for a replica. */
export interface RequestEnvelope {
  readonly cluster: string;
  readonly requests: readonly ClientMessage[];
}

/** The schema of envelopes that carry what one protocol's clients send: signed or not, never either. */
export function requestEnvelopeSchema(
  clientMessage: v.GenericSchema<unknown, ClientMessage>,
): v.GenericSchema<unknown, RequestEnvelope> {
  return v.strictObject({
    cluster: clusterSchema,
    requests: v.pipe(v.array(clientMessage), v.maxLength(limits.requestsPerMessageMax)),
  });
}

/** Decodes requests that came over the link of `from`, who may speak for its own clients only (K9). */
export function decodeRequests(
  schema: v.GenericSchema<unknown, RequestEnvelope>,
  bytes: Uint8Array,
  from: MemberId,
): Decoded<RequestEnvelope> {
  const decoded = decodeJson(schema, bytes, limits.messageBytesMax);
  if (!decoded.ok) return decoded;
  const foreign = decoded.value.requests.some(({ client }) => ownerOf(client) !== from);
  return foreign ? { ok: false, error: "a request in another member's name" } : decoded;
}

/** Replies of one replica to one member's clients. */
export interface ReplyEnvelope {
  readonly cluster: string;
  readonly replies: readonly AddressedReply[];
}
const replyEnvelopeSchema: v.GenericSchema<unknown, ReplyEnvelope> = v.strictObject({
  cluster: clusterSchema,
  replies: v.pipe(
    v.array(v.strictObject({ client: clientIdSchema, reply: clientReplySchema })),
    v.maxLength(limits.requestsPerMessageMax),
  ),
});

export function decodeReplies(bytes: Uint8Array): Decoded<ReplyEnvelope> {
  return decodeJson(replyEnvelopeSchema, bytes, limits.messageBytesMax);
}
