/** One epoch as anyone may judge it, with nothing but its genesis. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Jurisdiction } from '#protocols/core/evidence.ts';
import { signedText, type Signed } from '#protocols/core/signed.ts';
import { genesisDigest, type Genesis } from './genesis.ts';

/** The epoch to judge. Every signature is looked at with noble alone (ZIP215), and once. */
export function jurisdictionOf(genesis: Genesis): Jurisdiction {
  const { protocol, protocolVersion: version, epoch, roster, switches } = genesis;
  const domain = { protocol, version, cluster: genesisDigest(genesis), epoch };
  const keys = new Map(roster.map(({ id, publicKey }) => [id, hexToBytes(publicKey)]));
  const known = new Map<string, boolean>();
  return {
    domain,
    voters: roster.map(({ id }) => id),
    switches,
    isSigned({ body, signer, signature }: Signed) {
      const key = keys.get(signer);
      if (!key) return false;
      const text = signedText(domain, body);
      const name = `${signer} ${signature} ${text}`;
      const good = known.get(name) ?? isGoodSignature(signature, text, key);
      known.set(name, good);
      return good;
    },
  };
}

/** By noble alone; `false` for what is no signature at all. */
export function isGoodSignature(signature: string, text: string, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(hexToBytes(signature), utf8ToBytes(text), publicKey);
  } catch {
    // Noble throws on what is no point at all.
    return false;
  }
}
