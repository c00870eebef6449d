/**
 * Signatures of a simulated world: a keyed hash of the body, cheap, the same for the same seed, and out of reach of
 * code that does not hold the key. What is passed on as the very object that a signer made needs no second look;
 * what came out of bytes, or was copied or changed on its way, is hashed again.
 */
import type { ClientRequest, Command, SignedRequest } from '#protocols/core/client.ts';
import { ownerOf, type ClientId, type MemberId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import {
  domainText,
  type Signed,
  type SigningDomain,
  type Statement,
} from '#protocols/core/signed.ts';
import type { Signer, Verifier } from '#lib/host/signer.ts';
import { Random } from './random.ts';

interface Key {
  readonly high: number;
  readonly low: number;
}

/** As its signer made it, with the keys it was made under. */
class SymbolicStatement<B extends Statement> implements Signed<B> {
  readonly body: B;
  readonly signer: MemberId;
  readonly signature: string;
  readonly #madeBy: SymbolicKeys;

  constructor(body: B, signer: MemberId, made: { by: SymbolicKeys; signature: string }) {
    this.body = body;
    this.signer = signer;
    this.signature = made.signature;
    this.#madeBy = made.by;
  }

  static isOf(keys: SymbolicKeys, statement: object): boolean {
    return #madeBy in statement && statement.#madeBy === keys;
  }
}

class SymbolicRequest implements SignedRequest {
  readonly client: ClientId;
  readonly seq: number;
  readonly ackedBelow: number;
  readonly command: Command;
  readonly proof: SignedRequest['proof'];
  readonly #madeBy: SymbolicKeys;

  constructor(request: ClientRequest, proof: SignedRequest['proof'], madeBy: SymbolicKeys) {
    this.client = request.client;
    this.seq = request.seq;
    this.ackedBelow = request.ackedBelow;
    this.command = request.command;
    this.proof = proof;
    this.#madeBy = madeBy;
  }

  static isOf(keys: SymbolicKeys, request: object): boolean {
    return #madeBy in request && request.#madeBy === keys;
  }
}

/** All keys of one simulated cluster: who is given a signer has one of them. */
export class SymbolicKeys implements Verifier {
  readonly #seed: number;
  readonly #domain: string;
  readonly #voters: ReadonlySet<MemberId>;
  readonly #keys = new Map<MemberId, Key>();

  constructor(seed: number, domain: SigningDomain, voters: readonly MemberId[]) {
    this.#seed = seed;
    this.#domain = domainText(domain);
    this.#voters = new Set(voters);
  }

  signerOf(self: MemberId): Signer {
    return {
      self,
      sign: (body) => {
        const signature = this.#signature(self, body as unknown as Json);
        return new SymbolicStatement(body, self, { by: this, signature });
      },
      signRequest: (request) => {
        const proof = { key: keyNamed(self), signature: this.#signature(self, asText(request)) };
        return new SymbolicRequest(request, proof, this);
      },
    };
  }

  verify(statement: Signed): boolean {
    const { body, signer, signature } = statement;
    if (!this.#voters.has(signer)) return false;
    if (SymbolicStatement.isOf(this, statement)) return true;
    return signature === this.#signature(signer, body as unknown as Json);
  }

  verifyRequest(request: SignedRequest): boolean {
    if (SymbolicRequest.isOf(this, request)) return true;
    const { client, proof } = request;
    const owner = ownerOf(client);
    return (
      proof.key === keyNamed(owner) && proof.signature === this.#signature(owner, asText(request))
    );
  }

  /** 128 hex digits, as those of Ed25519. */
  #signature(signer: MemberId, body: Json): string {
    const { high, low } = this.#keyOf(signer);
    return hex(hashOf(body, high)) + hex(hashOf(body, low)) + padding;
  }

  #keyOf(member: MemberId): Key {
    let key = this.#keys.get(member);
    if (!key) {
      const random = new Random(this.#seed, `key/${this.#domain}/${member}`);
      key = { high: random.next(), low: random.next() };
      this.#keys.set(member, key);
    }
    return key;
  }
}

const padding = '0'.repeat(112);

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** Names the key instead of being one: 64 hex digits. */
const keyNamed = (member: MemberId): string => member + member;

/** A request as text, which no statement's body is. */
function asText({ client, seq, ackedBelow, command }: ClientRequest): Json {
  return ['request', client, seq, ackedBelow, { ...command }];
}

/** Of the value, whatever the order of an object's keys: a 32-bit integer. */
function hashOf(value: Json, seed: number): number {
  switch (typeof value) {
    case 'string':
      return hashText(value, seed);
    case 'number':
      return mix(mix(seed ^ 0x6e756d, value | 0), Math.floor(value / 2 ** 32));
    case 'boolean':
      return mix(seed, value ? 0x747275 : 0x66616c);
  }
  if (value === null) return mix(seed, 0x6e756c);
  if (Array.isArray(value)) {
    return (value as Json[]).reduce<number>(
      (h, item) => mix(h, hashOf(item, seed)),
      mix(seed, 0x617272),
    );
  }
  let sum = 0x6f626a;
  for (const [key, part] of Object.entries(value)) {
    sum = (sum + mix(hashText(key, seed), hashOf(part as Json, seed))) | 0;
  }
  return mix(seed, sum);
}

function hashText(text: string, seed: number): number {
  let h = seed ^ text.length;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h, 0x737472);
}

/** The finalizer of MurmurHash3 over both. */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ b, 0x85ebca6b) + b;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
