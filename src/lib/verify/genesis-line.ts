/** The first line of a transcript: what all signatures in it are bound to, signed by whoever opened the epoch. */
import { hexToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import type { MemberId } from '#protocols/core/ids.ts';
import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import { genesisSchema, genesisText, publicKeySchema } from '../room/genesis.ts';
import { isGoodSignature } from '../room/jurisdiction.ts';
import { shareKeyProblemNow } from '../room/share-keys.ts';

export const genesisLineSchema = v.strictObject({
  type: v.literal('genesis'),
  genesis: genesisSchema,
  /** The facilitator's. */
  publicKey: publicKeySchema,
  signature: v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/)),
});
export type GenesisLine = v.InferOutput<typeof genesisLineSchema>;

/** Why this opens no epoch, in words, or `null`. */
export function genesisProblem({ genesis, publicKey, signature }: GenesisLine): string | null {
  const key = hexToBytes(publicKey);
  if (!isAcceptableKey(key)) return "the facilitator's key is none";
  if (!isGoodSignature(signature, genesisText(genesis), key))
    return 'the genesis has a false signature';
  const stranger = genesis.roster.find(({ id, publicKey: own }) => {
    const bytes = hexToBytes(own);
    return memberIdOf(bytes) !== id || !isAcceptableKey(bytes);
  });
  if (stranger) return `the id of ${stranger.name} is not that of the key`;
  for (const { name, publicKey: own, shareKey } of genesis.roster) {
    const wrong = shareKey && shareKeyProblemNow(own, shareKey, isGoodSignature);
    if (wrong) return `${name}: ${wrong}`;
  }
  return null;
}

export const facilitatorOf = ({ publicKey }: GenesisLine): MemberId =>
  memberIdOf(hexToBytes(publicKey));
