/**
 * Bytes to values and back: byte cap, parse, schema; every failure is a value that is counted and shown, never a
 * throw. JSON: readable in any debugger, the fastest of the self-describing formats in a browser, and a tenth of its
 * size once it is packed.
 */
import * as v from 'valibot';
import { clientIdSchema, clientReplySchema } from '#protocols/core/client.ts';
import { integerSchema } from '#protocols/core/client.ts';
import type { ClientMessage } from '#protocols/core/client.ts';
import { ownerOf, type MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { AddressedReply, Envelope } from './environment.ts';
import { bytesIn, packText, unpackText } from './packing.ts';

export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export const clusterSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));

export function encodeJson(value: unknown): Uint8Array {
  return packText(JSON.stringify(value));
}

/**
 * One envelope, or as many as it takes to stay within what a receiver accepts: one turn may have several messages for
 * one peer that are each as large as a message may be.
 */
export function encodeEnvelope<M>(envelope: Envelope<M>): Uint8Array[] {
  const text = JSON.stringify(envelope);
  const { messages } = envelope;
  if (messages.length < 2 || fits(text)) return [packText(text)];
  const middle = messages.length >> 1;
  return [messages.slice(0, middle), messages.slice(middle)].flatMap((some) =>
    encodeEnvelope({ ...envelope, messages: some }),
  );
}

/** UTF-8 takes at most three bytes for a code unit. */
function fits(text: string): boolean {
  const { messageBytesMax } = limits;
  return 3 * text.length <= messageBytesMax || bytesIn(text) <= messageBytesMax;
}

/** Parses at most `bytesMax` bytes of JSON and holds them to `schema`. */
export function decodeJson<T>(
  schema: v.GenericSchema<unknown, T>,
  bytes: Uint8Array,
  bytesMax: number,
): Decoded<T> {
  const unpacked = unpackText(bytes, bytesMax);
  if (!unpacked.ok && unpacked.error === 'too large') return unpacked;
  let parsed: unknown;
  try {
    parsed = JSON.parse(unpacked.ok ? unpacked.text : '');
  } catch {
    return { ok: false, error: 'not JSON in UTF-8' };
  }
  const checked = v.safeParse(schema, parsed, { abortEarly: true });
  if (checked.success) return { ok: true, value: checked.output };
  return { ok: false, error: 'not of the form agreed' };
}

/** The schema of envelopes that carry messages of one protocol. */
export function envelopeSchema<M>(
  message: v.GenericSchema<unknown, M>,
): v.GenericSchema<unknown, Envelope<M>> {
  return v.strictObject({
    cluster: clusterSchema,
    incarnation: integerSchema,
    lamport: integerSchema,
    clock: v.pipe(v.array(integerSchema), v.maxLength(limits.votersMax)),
    messages: v.pipe(v.array(message), v.maxLength(limits.messagesPerEnvelopeMax)),
  });
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
