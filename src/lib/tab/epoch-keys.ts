/** The keys of an epoch as a worker of this tab uses them. */
import { ed25519 } from '@noble/curves/ed25519.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { SigningDomain } from '#protocols/core/signed.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { browserSubtle, createSign, createVerify } from '../host/ed25519.ts';
import { createEpochSigner, EpochVerifier } from '../host/signatures.ts';
import type { Signer, Verifier } from '../host/signer.ts';
import type { EpochSetting } from './worker-messages.ts';

/** What every signature of the epoch is bound to. */
export function domainOf({ protocol, genesis, number }: EpochSetting): SigningDomain {
  const { version } = protocolNamed(protocol);
  return { protocol, version, cluster: genesis, epoch: number };
}

/** Signs as `self`. */
export async function signerFor(
  self: MemberId,
  secretKey: Uint8Array,
  epoch: EpochSetting,
): Promise<Signer> {
  const sign = await createSign(secretKey, browserSubtle());
  const publicKey = ed25519.getPublicKey(secretKey);
  return createEpochSigner({ self, publicKey, sign }, domainOf(epoch));
}

/** The roster's keys were held to its ids when the genesis came. */
export function verifierFor(epoch: EpochSetting): Verifier {
  const keys = new Map(epoch.voters.map((voter, i) => [voter, epoch.keys[i] as string]));
  return new EpochVerifier(domainOf(epoch), keys, createVerify(browserSubtle()));
}
