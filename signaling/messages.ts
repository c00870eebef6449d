/**
 * What a tab and the signaling server say to each other: one JSON text a WebSocket message, and binary messages for
 * members whom no network connects (relay.ts). The server introduces tabs; it orders nothing, holds no log, and a
 * running room survives its death.
 *
 * A tab proves its key once a connection: it signs {@link proofText} with the nonce of `welcome`. So nobody takes
 * another's seat, and who comes back replaces its own stale connection.
 */
import * as v from 'valibot';

/** Bounds of the door, with what they stop. */
export const doorLimits = {
  /** A session description is a few KiB; a megabyte is an attack on memory. */
  messageBytesMax: 65_536,
  signalCharactersMax: 60_000,
  nameCharactersMax: 24,
  membersPerRoomMax: 64,
  roomsMax: 10_000,
  /** One frame of the links with its seal and its two headers. */
  relayBytesMax: 16_512,
} as const;

/** Before what is relayed, in each binary message: the bytes of a member id, 32 hex digits. */
export const relayHeaderBytes = 16;

/** Digits and capitals that cannot be taken for one another: no 0 O 1 I L, no U beside V. */
export const codeAlphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
export const codeLength = 6;
const codePattern = new RegExp(`^[${codeAlphabet}]{${codeLength}}$`);

/**
 * The ids of a room at a PeerServer, for rooms without a server of ours: `<app>-<room>-<slot>`. Slot 0 is its door's,
 * the others are its members', lowest first.
 */
export const peerIdOf = (code: string, slot: number): string => `synod-${code}-${slot}`;
export const peerIdPattern = new RegExp(`^synod-[${codeAlphabet}]{${codeLength}}-(\\d{1,2})$`);

/** What people type: case, spaces and dashes do not matter. `null` when it cannot be a room code. */
export function parseCode(typed: string): string | null {
  const code = typed.toUpperCase().replace(/[\s-]/g, '');
  return codePattern.test(code) ? code : null;
}

export const codeSchema = v.pipe(v.string(), v.regex(codePattern));
export const memberIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const publicKeySchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const signatureSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/));
const nonceSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
export const nameSchema = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(doorLimits.nameCharactersMax),
  // Control and bidirectional-override characters could make one name pass for another.
  v.regex(/^[^\p{Cc}\p{Cs}\u200b-\u200f\u202a-\u202e\u2066-\u2069]+$/u),
);

/** A member as the door knows it. `id` is the first 32 hex digits of SHA-256 of the public key's bytes. */
export const memberSchema = v.strictObject({
  id: memberIdSchema,
  publicKey: publicKeySchema,
  name: nameSchema,
});

/** Places of members at a PeerServer; the door's is 0. */
export const slotMax = doorLimits.membersPerRoomMax;

/** A member as the door tells of it. `slot`: where it is called, in a room without a server of ours. */
const presentSchema = v.strictObject({
  ...memberSchema.entries,
  slot: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(slotMax))),
});
export type DoorMember = v.InferOutput<typeof presentSchema>;

export const toServerSchema = v.variant('type', [
  /** Opens a room; who opens it is its facilitator. */
  v.strictObject({ type: v.literal('create'), member: memberSchema, proof: signatureSchema }),
  /** Enters a room that exists. */
  v.strictObject({
    type: v.literal('join'),
    code: codeSchema,
    member: memberSchema,
    proof: signatureSchema,
  }),
  /** Comes back to a room this tab was in. A server that was restarted makes the room anew from it. */
  v.strictObject({
    type: v.literal('resume'),
    code: codeSchema,
    facilitator: memberIdSchema,
    locked: v.boolean(),
    member: memberSchema,
    proof: signatureSchema,
  }),
  /** An offer, answer or candidate for another member, passed on unread. */
  v.strictObject({
    type: v.literal('signal'),
    to: memberIdSchema,
    data: v.pipe(v.string(), v.maxLength(doorLimits.signalCharactersMax)),
  }),
  /** Facilitator only: whether newcomers are let in. Who was in before may come back either way. */
  v.strictObject({ type: v.literal('lock'), locked: v.boolean() }),
  /** Facilitator only: shows a guest out and keeps it out. */
  v.strictObject({ type: v.literal('remove'), member: memberIdSchema }),
  v.strictObject({ type: v.literal('leave') }),
]);
export type ToServer = v.InferOutput<typeof toServerSchema>;

export const doorErrors = {
  'no-such-room':
    'There is no room with this code. Check the code with the person who gave it to you.',
  'room-full': 'This room is full. Ask the facilitator to open another one.',
  'room-locked': 'The door of this room is locked. Ask the facilitator to unlock it.',
  'name-taken': 'Somebody in this room has this name. Choose another one.',
  removed: 'The facilitator removed you from this room.',
  replaced:
    'Another tab or device came in with this seat, and this one stepped back from the door.',
  'wrong-origin':
    'This server takes pages of its own address only. Open its address, or ask who runs it to add this one to ORIGINS.',
  'server-full': 'This server holds as many rooms as it can. Try again later.',
  'too-fast': 'Too many requests from this device or network. Wait a few seconds and try again.',
  'bad-proof': 'The server could not check who you are. Reload the page and try again.',
  'bad-message':
    'The server did not understand this tab. Reload the page: its version may be too old.',
  'not-allowed': 'Only the facilitator can do this.',
  'no-webrtc':
    'This browser has no WebRTC, by policy or by a setting, and without our server nothing can relay for it. ' +
    'Switch WebRTC on, take another browser, or join a room that has a Synod server.',
  'code-taken':
    'Somebody else holds the place of this room at the PeerServer. Start another room, or take another PeerServer.',
  'not-there': 'That member is not connected to the server right now.',
} as const;
export type DoorError = keyof typeof doorErrors;

/** For RTCPeerConnection. */
export const iceServersSchema = v.pipe(
  v.array(
    v.strictObject({
      urls: v.pipe(v.string(), v.maxLength(256)),
      username: v.optional(v.string()),
      credential: v.optional(v.string()),
    }),
  ),
  v.maxLength(8),
);
export type IceServers = v.InferOutput<typeof iceServersSchema>;

/** An offer, answer or candidate as its receiver hears it. */
export const signalSchema = v.strictObject({
  type: v.literal('signal'),
  from: memberIdSchema,
  data: v.pipe(v.string(), v.maxLength(doorLimits.signalCharactersMax)),
});

export const toTabSchema = v.variant('type', [
  /** First message of every connection. */
  v.strictObject({
    type: v.literal('welcome'),
    nonce: nonceSchema,
    /** Empty where host candidates have to do. */
    iceServers: iceServersSchema,
  }),
  v.strictObject({
    type: v.literal('joined'),
    code: codeSchema,
    facilitator: memberIdSchema,
    locked: v.boolean(),
    /** Everybody whose connection to the server is open, oneself too. */
    members: v.pipe(v.array(presentSchema), v.maxLength(doorLimits.membersPerRoomMax)),
  }),
  /** Somebody came in, or came back on a new connection: then this member is known already. */
  v.strictObject({ type: v.literal('arrived'), member: presentSchema }),
  v.strictObject({ type: v.literal('departed'), member: memberIdSchema }),
  v.strictObject({ type: v.literal('locked'), locked: v.boolean() }),
  signalSchema,
  v.strictObject({
    type: v.literal('error'),
    error: v.picklist(Object.keys(doorErrors) as DoorError[]),
    /** For a `signal` or a relayed frame that could not be delivered: whom it was for. */
    about: v.optional(memberIdSchema),
  }),
]);
export type ToTab = v.InferOutput<typeof toTabSchema>;

/** Why the server ends a WebSocket: its close codes. After any other code a tab comes back with `resume`. */
export const doorCloses = {
  /** Another connection of the same member took over: coming back would only take it away again. */
  replaced: 4001,
  /** Shown out by the facilitator. */
  removed: 4002,
  /** Too many messages that made no sense, or too many at once. */
  misbehaved: 4003,
  /** Too many connections from this address. Come back later. */
  crowded: 4004,
  /** A page of another address than the server takes. */
  strangeOrigin: 4005,
  /** The server is being stopped or restarted. */
  goingAway: 1001,
} as const;

/** Where on the page's own server the WebSocket is. */
export const signalPath = '/signal';

/** What the tab signs to prove its key to the server. `code` is empty when it opens a room. */
export function proofText(nonce: string, code: string, memberId: string): string {
  return `synod/door/1 ${nonce} ${code} ${memberId}`;
}
