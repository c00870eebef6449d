/**
 * What a PeerServer may tell a tab. PeerJS believes whatever comes, from anybody who knows an id; here each message is
 * held against a schema first, and stripped of what the schema does not name.
 */
import * as v from 'valibot';
import { replicaIdSchema } from '#protocols/core/client.ts';
import { candidateCharactersMax, sdpCharactersMax } from './signaling.ts';

const idSchema = v.pipe(v.string(), v.maxLength(64));
/** Drawn by PeerJS for each connection, at the end that dials. */
const connectionIdSchema = v.pipe(v.string(), v.regex(/^dc_[0-9a-z]{1,32}$/));
const sdpSchema = <T extends 'offer' | 'answer'>(type: T) =>
  v.object({
    type: v.literal(type),
    sdp: v.pipe(v.string(), v.maxLength(sdpCharactersMax)),
  });

/** What goes with every offer: who dials, as it says of itself. */
const callerSchema = v.strictObject({ member: replicaIdSchema });
export type Caller = v.InferOutput<typeof callerSchema>;

const data = v.literal('data');

const offerSchema = v.object({
  sdp: sdpSchema('offer'),
  type: data,
  connectionId: connectionIdSchema,
  metadata: callerSchema,
  label: v.pipe(v.string(), v.maxLength(64)),
  // Another serialization would have PeerJS unpack what a stranger has packed.
  serialization: v.literal('raw'),
  reliable: v.literal(true),
});

const answerSchema = v.object({
  sdp: sdpSchema('answer'),
  type: data,
  connectionId: connectionIdSchema,
});

const small = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const candidateSchema = v.object({
  candidate: v.object({
    candidate: v.pipe(v.string(), v.maxLength(candidateCharactersMax)),
    sdpMLineIndex: v.nullish(small),
    sdpMid: v.nullish(v.pipe(v.string(), v.maxLength(64))),
    usernameFragment: v.nullish(v.pipe(v.string(), v.maxLength(256))),
  }),
  type: data,
  connectionId: connectionIdSchema,
});

const serverMessageSchema = v.variant('type', [
  /** The id is ours. */
  v.object({ type: v.literal('OPEN') }),
  /** Somebody else holds the id, with another token. */
  v.object({ type: v.literal('ID-TAKEN') }),
  v.object({
    type: v.picklist(['ERROR', 'INVALID-KEY']),
    payload: v.optional(v.object({ msg: v.pipe(v.string(), v.maxLength(256)) })),
  }),
  /** `src` did not take an offer in time: it is not there. */
  v.object({ type: v.literal('EXPIRE'), src: idSchema }),
  /** `src` says that it is gone, or is the server's word for it. */
  v.object({ type: v.literal('LEAVE'), src: idSchema }),
  v.object({ type: v.literal('OFFER'), src: idSchema, payload: offerSchema }),
  v.object({ type: v.literal('ANSWER'), src: idSchema, payload: answerSchema }),
  v.object({ type: v.literal('CANDIDATE'), src: idSchema, payload: candidateSchema }),
]);
export type PeerServerMessage = v.InferOutput<typeof serverMessageSchema>;

/** `null` when it is none that a tab has a use for. */
export function parsePeerServerMessage(message: unknown): PeerServerMessage | null {
  const result = v.safeParse(serverMessageSchema, message);
  return result.success ? result.output : null;
}
