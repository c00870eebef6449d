/** The keys of an epoch as a worker of this tab uses them. */
import { ed25519 } from '@noble/curves/ed25519.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { SigningDomain } from '#protocols/core/signed.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { aggregatesOf, BlsScheme, shareHolder } from '../host/bls.ts';
import { browserSubtle, createSign, createVerify } from '../host/ed25519.ts';
import { createEpochSigner, EpochVerifier } from '../host/signatures.ts';
import type { Signer } from '../host/signer.ts';
import type { EpochSetting } from './worker-messages.ts';

/** What every signature of the epoch is bound to. */
export function domainOf({ protocol, genesis, number }: EpochSetting): SigningDomain {
  const { version } = protocolNamed(protocol);
  return { protocol, version, cluster: genesis, epoch: number };
}

export interface SignerOptions {
  readonly self: MemberId;
  readonly secretKey: Uint8Array;
  readonly epoch: EpochSetting;
  /** Of the replica that it signs for. */
  readonly verifier?: EpochVerifier;
}

/** Signs as `self`. */
export async function signerFor(options: SignerOptions): Promise<Signer> {
  const { self, secretKey, epoch, verifier = null } = options;
  const sign = await createSign(secretKey, browserSubtle());
  const publicKey = ed25519.getPublicKey(secretKey);
  const holder = { self, publicKey, sign };
  const shares = epoch.shareKeys.length > 0 ? { share: shareHolder(secretKey).share } : {};
  return createEpochSigner({ ...holder, ...shares }, domainOf(epoch), verifier);
}

/** The roster's keys were held to its ids when the genesis came. */
export function verifierFor(epoch: EpochSetting): EpochVerifier {
  const keys = new Map(epoch.voters.map((voter, i) => [voter, epoch.keys[i] as string]));
  const { voters, shareKeys } = epoch;
  const domain = domainOf(epoch);
  const verify = createVerify(browserSubtle());
  if (shareKeys.length === 0) return new EpochVerifier(domain, keys, verify);
  const aggregates = aggregatesOf(new BlsScheme(domain, voters, shareKeys));
  return new EpochVerifier(domain, keys, verify, aggregates);
}
