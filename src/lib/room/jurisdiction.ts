/** One epoch as anyone may judge it, with nothing but its genesis. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { aggregateOf, namedBy } from '#protocols/core/aggregate.ts';
import type { Jurisdiction } from '#protocols/core/evidence.ts';
import { signedText, type Signed, type SigningDomain } from '#protocols/core/signed.ts';
import { BlsScheme } from '../host/bls.ts';
import { genesisDigest, settingOf, type Genesis } from './genesis.ts';

/** The epoch to judge. Every signature is looked at with noble alone (ZIP215), and once. */
export function jurisdictionOf(genesis: Genesis): Jurisdiction {
  const { protocol, protocolVersion: version, epoch, roster, switches } = genesis;
  const domain = { protocol, version, cluster: genesisDigest(genesis), epoch };
  const keys = new Map(roster.map(({ id, publicKey }) => [id, hexToBytes(publicKey)]));
  const voters = roster.map(({ id }) => id);
  const scheme = schemeOf(genesis, domain);
  const known = new Map<string, boolean>();
  return {
    domain,
    voters,
    switches,
    isSigned(statement: Signed) {
      const { body, signer, signature, share } = statement;
      const key = keys.get(signer);
      if (!key) return false;
      const aggregate = aggregateOf(statement);
      if (aggregate) {
        return namedBy(aggregate.signers, voters).includes(signer) && scheme.isGood(aggregate);
      }
      const text = signedText(domain, body, share);
      const name = `${signer} ${signature} ${text}`;
      const good = known.get(name) ?? isGoodSignature(signature, text, key);
      known.set(name, good);
      return good;
    },
  };
}

/** By genesis: its keys are long in decoding, and what was found good stays so. */
const schemes = new WeakMap<Genesis, BlsScheme>();

function schemeOf(genesis: Genesis, domain: SigningDomain): BlsScheme {
  const known = schemes.get(genesis);
  if (known) return known;
  const { voters, shareKeys } = settingOf(genesis);
  const scheme = new BlsScheme(domain, voters, shareKeys);
  schemes.set(genesis, scheme);
  return scheme;
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
