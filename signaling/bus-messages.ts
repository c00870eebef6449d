/** What the processes of one door say to each other. They trust each other, and check all the same what they read. */
import * as v from 'valibot';
import type { DoorEvent } from './door.ts';
import {
  codeLength,
  codeSchema,
  memberIdSchema,
  memberSchema,
  nameSchema,
  relayHeaderBytes,
  signalSchema,
} from './messages.ts';
import { knownMax, removedMax } from './room.ts';

const connectionSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}\.\d{1,15}$/));
const processSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/));
const timeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const happened = { code: codeSchema, connection: connectionSchema, at: timeSchema };

const doorEventSchema: v.GenericSchema<unknown, DoorEvent> = v.variant('type', [
  v.strictObject({ ...happened, type: v.picklist(['create', 'join']), member: memberSchema }),
  v.strictObject({
    ...happened,
    type: v.literal('resume'),
    member: memberSchema,
    facilitator: memberIdSchema,
    locked: v.boolean(),
  }),
  v.strictObject({ ...happened, type: v.literal('lock'), locked: v.boolean() }),
  v.strictObject({ ...happened, type: v.literal('remove'), member: memberIdSchema }),
  v.strictObject({ ...happened, type: v.picklist(['leave', 'disconnect']) }),
]);

const roomStateSchema = v.strictObject({
  facilitator: memberIdSchema,
  locked: v.boolean(),
  madeAnew: v.boolean(),
  present: v.array(
    v.strictObject({ member: memberSchema, connection: connectionSchema, at: timeSchema }),
  ),
  known: v.pipe(v.array(v.tuple([memberIdSchema, nameSchema])), v.maxLength(knownMax)),
  removed: v.pipe(v.array(memberIdSchema), v.maxLength(removedMax)),
});
/** A whole room as one process sees it. */
export type RoomState = v.InferOutput<typeof roomStateSchema>;

/** On the topic of a room. */
const roomMessageSchema = v.variant('type', [
  v.strictObject({ type: v.literal('event'), event: doorEventSchema }),
  /** `from` takes part from here on: what is this room? */
  v.strictObject({ type: v.literal('ask'), from: processSchema }),
  /** The answer, as of the question; `null`: I have no such room either. */
  v.strictObject({
    type: v.literal('state'),
    to: processSchema,
    state: v.nullable(roomStateSchema),
  }),
  /** Processes that went on apart lay together what they have. */
  v.strictObject({
    type: v.literal('merge'),
    from: processSchema,
    state: roomStateSchema,
    answer: v.boolean(),
  }),
]);
export type RoomMessage = v.InferOutput<typeof roomMessageSchema>;

export const topicOf = (code: string): string => `room/${code}`;

/** `null` when it is none; never throws. */
export function parseRoomMessage(text: string): RoomMessage | null {
  return parse(roomMessageSchema, text);
}

function parse<T>(schema: v.GenericSchema<unknown, T>, text: string): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** `frame`: as relay.ts sends it out. */
export type Load =
  { readonly signal: v.InferOutput<typeof signalSchema> } | { readonly frame: Buffer };
/** For one member whose connection the process told has. */
export type Parcel = { readonly code: string; readonly to: string } & Load;

const parcelHeaderBytes = codeLength + relayHeaderBytes + 1;
const kinds = { signal: 1, frame: 2 } as const;

export function encodeParcel(parcel: Parcel): Buffer {
  const isSignal = 'signal' in parcel;
  const body = isSignal ? Buffer.from(JSON.stringify(parcel.signal)) : parcel.frame;
  return Buffer.concat([
    Buffer.from(parcel.code, 'latin1'),
    Buffer.from(parcel.to, 'hex'),
    Buffer.of(isSignal ? kinds.signal : kinds.frame),
    body,
  ]);
}

/** `null` when it is none; never throws. */
export function decodeParcel(bytes: Buffer): Parcel | null {
  if (bytes.length <= parcelHeaderBytes) return null;
  const code = bytes.toString('latin1', 0, codeLength);
  const to = bytes.toString('hex', codeLength, codeLength + relayHeaderBytes);
  const body = bytes.subarray(parcelHeaderBytes);
  const kind = bytes[parcelHeaderBytes - 1];
  if (kind === kinds.frame) return { code, to, frame: body };
  const signal = kind === kinds.signal ? parse(signalSchema, body.toString('utf8')) : null;
  return signal && { code, to, signal };
}
