/** The first line of a transcript: what all signatures in it are bound to, signed by whoever opened the epoch. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import type { Jurisdiction } from '#protocols/core/evidence.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import { signedText, type Signed } from '#protocols/core/signed.ts';
import {
  genesisDigest,
  genesisSchema,
  genesisText,
  publicKeySchema,
  type Genesis,
} from '../room/genesis.ts';

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
  if (!isGood(signature, genesisText(genesis), key)) return 'the genesis has a false signature';
  const stranger = genesis.roster.find(({ id, publicKey: own }) => {
    const bytes = hexToBytes(own);
    return memberIdOf(bytes) !== id || !isAcceptableKey(bytes);
  });
  return stranger ? `the id of ${stranger.name} is not that of the key` : null;
}

export const facilitatorOf = ({ publicKey }: GenesisLine): MemberId =>
  memberIdOf(hexToBytes(publicKey));

/** The epoch to judge. Every signature is looked at with noble alone (ZIP215), and once. */
export function jurisdictionOf(genesis: Genesis): Jurisdiction {
  const { protocol, protocolVersion: version, epoch, roster } = genesis;
  const domain = { protocol, version, cluster: genesisDigest(genesis), epoch };
  const keys = new Map(roster.map(({ id, publicKey }) => [id, hexToBytes(publicKey)]));
  const known = new Map<string, boolean>();
  return {
    domain,
    voters: roster.map(({ id }) => id),
    isSigned({ body, signer, signature }: Signed) {
      const key = keys.get(signer);
      if (!key) return false;
      const text = signedText(domain, body);
      const name = `${signer} ${signature} ${text}`;
      const good = known.get(name) ?? isGood(signature, text, key);
      known.set(name, good);
      return good;
    },
  };
}

function isGood(signature: string, text: string, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(hexToBytes(signature), utf8ToBytes(text), publicKey);
  } catch {
    // Noble throws on what is no point at all.
    return false;
  }
}
