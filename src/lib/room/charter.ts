/**
 * The room's charter: everything the facilitator has ordered, as one numbered, signed statement. Each order is a new
 * charter; members pass the newest on to whoever they meet and keep to it. So no order can be lost behind another,
 * a late comer needs one message, and nobody but the facilitator can order anything.
 */
import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import type { Signer } from '../mesh/hello.ts';
import * as v from 'valibot';
import { integerSchema, replicaIdSchema } from '#protocols/core/client.ts';
import { canonical } from '#protocols/core/encoding.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { utf8ToBytes, hexToBytes, bytesToHex } from '@noble/hashes/utils.js';
import {
  codeSchema,
  genesisSchema,
  genesisText,
  paceSchema,
  protocolSchema,
  switchesSchema,
} from './genesis.ts';
import { publicKeySchema, type RosterSeat } from './genesis.ts';
import { verifySignature } from './identity.ts';
import { shareKeyProblem } from './share-keys.ts';
import { splitSchema } from './split.ts';

/** A freeze nobody ends lapses after this long: the facilitator's battery may be empty. */
export const freezeMsMax = 600_000;

const signatureSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/));

export const charterSchema = v.strictObject({
  version: v.literal(1),
  room: codeSchema,
  /** Grows with every order: milliseconds since 1970, or one more than the charter before. */
  number: integerSchema,
  /** What the next epoch will be, shown in the lobby. */
  profile: paceSchema,
  protocol: protocolSchema,
  switches: switchesSchema,
  /** The running epoch; `null` in the lobby. */
  genesis: v.nullable(v.strictObject({ genesis: genesisSchema, signature: signatureSchema })),
  /** Whether time stands still. */
  frozen: v.boolean(),
  /** Grows by one with each "heal all": everybody then drops the faults of their links. */
  heals: integerSchema,
  locked: v.boolean(),
  /** Whether people may have their own replicas lie. */
  lies: v.boolean(),
  removed: v.pipe(v.array(replicaIdSchema), v.maxLength(256)),
  /** The groups that the room is split into; `null`: it is whole. */
  split: v.nullable(splitSchema),
});
export type Charter = v.InferOutput<typeof charterSchema>;

export const signedCharterSchema = v.strictObject({
  charter: charterSchema,
  publicKey: publicKeySchema,
  signature: signatureSchema,
});
export type SignedCharter = v.InferOutput<typeof signedCharterSchema>;

/** The charter of a room that has just been opened. */
export function firstCharter(room: string, now: number): Charter {
  return {
    version: 1,
    room,
    number: now,
    profile: 'wifi',
    protocol: 'raft',
    switches: [],
    genesis: null,
    frozen: false,
    heals: 0,
    locked: false,
    lies: true,
    removed: [],
    split: null,
  };
}

const charterText = (charter: Charter): Uint8Array =>
  utf8ToBytes(`synod/charter/1 ${canonical(charter)}`);

export async function signCharter(charter: Charter, signer: Signer): Promise<SignedCharter> {
  const signature = bytesToHex(await signer.sign(charterText(charter)));
  return { charter, publicKey: bytesToHex(signer.publicKey), signature };
}

export async function signGenesis(
  genesis: NonNullable<Charter['genesis']>['genesis'],
  signer: Signer,
): Promise<NonNullable<Charter['genesis']>> {
  const signature = bytesToHex(await signer.sign(utf8ToBytes(genesisText(genesis))));
  return { genesis, signature };
}

/** Why `signed` is not an order of this room's facilitator, in words, or `null` when it is. */
export async function charterProblem(
  signed: SignedCharter,
  room: string,
  facilitator: MemberId,
): Promise<string | null> {
  const { charter } = signed;
  const key = hexToBytes(signed.publicKey);
  if (charter.room !== room) return 'a charter of another room';
  if (memberIdOf(key) !== facilitator) return 'a charter that the facilitator did not write';
  if (!(await verifySignature(key, charterText(charter), hexToBytes(signed.signature)))) {
    return 'a charter with a false signature';
  }
  if (!charter.genesis) return null;
  const { genesis, signature } = charter.genesis;
  if (genesis.room !== room) return "another room's genesis";
  const text = utf8ToBytes(genesisText(genesis));
  const signedIt = await verifySignature(key, text, hexToBytes(signature));
  return signedIt ? rosterKeysProblem(genesis.roster) : 'a genesis with a false signature';
}

async function rosterKeysProblem(roster: readonly RosterSeat[]): Promise<string | null> {
  const honest = roster.every(({ id, publicKey }) => {
    const key = hexToBytes(publicKey);
    return memberIdOf(key) === id && isAcceptableKey(key);
  });
  if (!honest) return 'a roster whose ids are not those of its keys';
  for (const { publicKey, name, shareKey } of roster) {
    const problem = shareKey && (await shareKeyProblem(publicKey, shareKey));
    if (problem) return `a roster with ${name}: ${problem}`;
  }
  return null;
}
