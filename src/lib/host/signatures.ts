/** Ed25519 under the statements and requests of one epoch: what a tab signs with and verifies by. */
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { SignedRequest } from '#protocols/core/client.ts';
import { ownerOf, type MemberId } from '#protocols/core/ids.ts';
import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import { limits } from '#protocols/core/limits.ts';
import {
  notYetSigned,
  requestText,
  shareText,
  signedText,
  type Signed,
  type SigningDomain,
} from '#protocols/core/signed.ts';
import type { Sign, Verify } from './ed25519.ts';
import type { ShareHolder } from './bls.ts';
import { RecentSignatures } from './recent-signatures.ts';
import type { Aggregates, Eventually, Signer, Verifier } from './signer.ts';
import { inTurn } from './turns.ts';

export interface KeyHolder {
  readonly self: MemberId;
  readonly publicKey: Uint8Array;
  readonly sign: Sign;
  /** Only where members speak with shares. */
  readonly share?: ShareHolder['share'];
}

/** @param verifier of the same replica: what is signed here it need not verify when it comes back inside other statements. */
export function createEpochSigner(
  holder: KeyHolder,
  domain: SigningDomain,
  verifier: EpochVerifier | null = null,
): Signer {
  const { self, publicKey, sign, share: shareOf } = holder;
  const key = bytesToHex(publicKey);
  const signatureOf = async (text: string) => bytesToHex(await sign(utf8ToBytes(text)));
  return {
    self,
    sign: async (body, asked) => {
      const share = asked === notYetSigned ? shareOf?.(shareText(domain, body)) : asked;
      const text = signedText(domain, body, share);
      const signature = await signatureOf(text);
      verifier?.remember({ key, signature, text });
      const signed = { body, signer: self, signature };
      return share === undefined ? signed : { ...signed, share };
    },
    signRequest: async (request) => {
      return {
        ...request,
        proof: { key, signature: await signatureOf(requestText(domain, request)) },
      };
    },
  };
}

interface Claim {
  /** 64 hex digits. */
  readonly key: string;
  readonly signature: string;
  readonly text: string;
}

/** Of a client: it need not be on the roster, and is seen here first when another passes on what it asks. */
interface ClientKey {
  readonly owner: MemberId;
  /** Whether it may be a member's. */
  readonly acceptable: Promise<boolean>;
}

/** Knows the roster: the keys of `keys` are acceptable, and each is the one its member's id derives from. */
export class EpochVerifier implements Verifier {
  declare readonly aggregates?: Aggregates;
  readonly #domain: SigningDomain;
  readonly #keys: ReadonlyMap<MemberId, string>;
  readonly #verify: Verify;
  readonly #statements = new RecentSignatures(limits.recentStatements);
  readonly #requests = new RecentSignatures(limits.recentRequests);
  /** By key. */
  readonly #clientKeys = new Map<string, ClientKey>();

  /** @param keys 64 hex digits each. */
  constructor(
    domain: SigningDomain,
    keys: ReadonlyMap<MemberId, string>,
    verify: Verify,
    aggregates?: Aggregates,
  ) {
    if (aggregates) this.aggregates = aggregates;
    this.#domain = domain;
    this.#keys = keys;
    this.#verify = verify;
  }

  verify({ body, signer, signature, share }: Signed): Eventually<boolean> {
    const key = this.#keys.get(signer);
    const text = key === undefined ? null : textOrNull(() => signedText(this.#domain, body, share));
    if (key === undefined || text === null) return false;
    if (this.#statements.has(key, signature, text)) return true;
    return this.#check({ key, signature, text }, this.#statements);
  }

  /** A statement that is known to be good. */
  remember({ key, signature, text }: Claim): void {
    this.#statements.add(key, signature, text);
  }

  verifyRequest(request: SignedRequest): Eventually<boolean> {
    const { key, signature } = request.proof;
    const text = textOrNull(() => requestText(this.#domain, request));
    if (text === null || !isHex(key, 64)) return false;
    if (this.#requests.has(key, signature, text)) return true;
    const clientKey = this.#clientKeyOf(key, ownerOf(request.client));
    return clientKey !== null && this.#checkRequest({ key, signature, text }, clientKey);
  }

  async #checkRequest(claim: Claim, { acceptable }: ClientKey): Promise<boolean> {
    return (await acceptable) && this.#check(claim, this.#requests);
  }

  async #check(claim: Claim, recent: RecentSignatures): Promise<boolean> {
    const { key, signature, text } = claim;
    if (!isHex(signature, 128)) return false;
    const good = await this.#verify(hexToBytes(key), utf8ToBytes(text), hexToBytes(signature));
    if (good) recent.add(key, signature, text);
    return good;
  }

  /** `null` if `key` is not the one that the id of `owner` derives from. */
  #clientKeyOf(key: string, owner: MemberId): ClientKey | null {
    const known = this.#clientKeys.get(key);
    if (known) return known.owner === owner ? known : null;
    if (memberIdOf(hexToBytes(key)) !== owner) return null;
    const [oldest] = this.#clientKeys.keys();
    const isFull = this.#clientKeys.size >= limits.clientKeysMax;
    if (isFull && oldest !== undefined) this.#clientKeys.delete(oldest);
    const acceptable = inTurn(() => isAcceptableKey(hexToBytes(key)));
    const clientKey = { owner, acceptable };
    this.#clientKeys.set(key, clientKey);
    return clientKey;
  }
}

/** What has no canonical text is nobody's statement. */
function textOrNull(text: () => string): string | null {
  try {
    return text();
  } catch {
    return null;
  }
}

function isHex(text: string, digits: number): boolean {
  return text.length === digits && /^[0-9a-f]*$/.test(text);
}
