/**
 * A member's key for shares of aggregates (BLS), as it shows it to the room. Two proofs go with it: that the member has the
 * secret, since keys made up from others' would sign in their names (rogue keys); and that the key is the member's, since
 * the facilitator writes the roster.
 */
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { isPossessed, shareHolder } from '../host/bls.ts';
import { inTurn } from '../host/turns.ts';
import type { Signer } from '../mesh/hello.ts';
import { verifySignature } from './identity.ts';

const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));

export const shareKeySchema = v.strictObject({
  /** A point of G2, compressed. */
  key: hex(192),
  /** By `key`, over itself and the member's Ed25519 key. */
  possession: hex(96),
  /** The member's, by Ed25519, over `key` and `possession`. */
  signature: hex(128),
});
export type ShareKey = v.InferOutput<typeof shareKeySchema>;

function shareKeyText({ key, possession }: Pick<ShareKey, 'key' | 'possession'>): string {
  return `synod/share-key/1 ${key} ${possession}`;
}

/** Of the member whose seed this is. */
export async function createShareKey(secretKey: Uint8Array, signer: Signer): Promise<ShareKey> {
  const made = await inTurn(() => {
    const holder = shareHolder(secretKey);
    return { key: holder.publicKey, possession: holder.possession(bytesToHex(signer.publicKey)) };
  });
  const signature = bytesToHex(await signer.sign(utf8ToBytes(shareKeyText(made))));
  return { ...made, signature };
}

/** Found good: a charter comes anew with each order, and with it the same genesis. By the text of all of it. */
const good = new Set<string>();
const goodMax = 256;

type IsSigned = (signature: string, text: string, publicKey: Uint8Array) => boolean;

/** Why `shareKey` is not that of the member with this Ed25519 key, in words, or `null`. One check at a time, and others in between. */
export async function shareKeyProblem(
  publicKey: string,
  shareKey: ShareKey,
): Promise<string | null> {
  const owner = hexToBytes(publicKey);
  const text = utf8ToBytes(shareKeyText(shareKey));
  const isSigned = await verifySignature(owner, text, hexToBytes(shareKey.signature));
  return inTurn(() => problemOf(publicKey, shareKey, () => isSigned));
}

/** The same at once, for who need not keep a page alive. */
export function shareKeyProblemNow(
  publicKey: string,
  shareKey: ShareKey,
  isSigned: IsSigned,
): string | null {
  return problemOf(publicKey, shareKey, () =>
    isSigned(shareKey.signature, shareKeyText(shareKey), hexToBytes(publicKey)),
  );
}

function problemOf(publicKey: string, shareKey: ShareKey, isSigned: () => boolean): string | null {
  const { key, possession, signature } = shareKey;
  const name = `${publicKey} ${key} ${possession} ${signature}`;
  if (good.has(name)) return null;
  if (!isSigned()) return 'its BLS key is not signed by its own key';
  if (!isPossessed(key, publicKey, possession)) {
    return 'nothing proves that it has the secret of its BLS key';
  }
  if (good.size >= goodMax) good.clear();
  good.add(name);
  return null;
}
