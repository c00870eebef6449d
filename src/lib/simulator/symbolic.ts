/**
 * Signatures of a simulated world: a keyed hash of the body, cheap, the same for the same seed, and out of reach of
 * code that does not hold the key: a guess is right once in 2^32. What is passed on as the very object that a signer made needs no second look;
 * what came out of bytes, or was copied or changed on its way, is hashed again.
 */
import { aggregateOf } from '#protocols/core/aggregate.ts';
import type { ClientRequest, Command, SignedRequest } from '#protocols/core/client.ts';
import { ownerOf, type ClientId, type MemberId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import {
  domainText,
  notYetSigned,
  type Signed,
  type SigningDomain,
  type Statement,
} from '#protocols/core/signed.ts';
import type { Signer, Verifier } from '#lib/host/signer.ts';
import { Random } from './random.ts';
import { shareFrom, shows, SymbolicAggregates } from './symbolic-aggregates.ts';

/** As its signer made it, with the keys it was made under. */
class SymbolicStatement<B extends Statement> implements Signed<B> {
  readonly body: B;
  readonly signer: MemberId;
  readonly signature: string;
  declare readonly share?: string;
  readonly #madeBy: SymbolicKeys;

  constructor(made: Signed<B>, madeBy: SymbolicKeys) {
    this.body = made.body;
    this.signer = made.signer;
    this.signature = made.signature;
    if (made.share !== undefined) this.share = made.share;
    this.#madeBy = madeBy;
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
  readonly aggregates: SymbolicAggregates;
  /** By member: 32 bits. */
  readonly #keys = new Map<MemberId, number>();

  constructor(seed: number, domain: SigningDomain, voters: readonly MemberId[]) {
    this.#seed = seed;
    this.#domain = domainText(domain);
    this.#voters = new Set(voters);
    this.aggregates = new SymbolicAggregates(voters, this.#share.bind(this));
  }

  signerOf(self: MemberId): Signer {
    return {
      self,
      sign: (body, share) => {
        const whole = share === notYetSigned ? this.#share(self, body) : share;
        const signature = this.#signature(self, signedJson(body, whole));
        const made = { body, signer: self, signature };
        return new SymbolicStatement(whole === undefined ? made : { ...made, share: whole }, this);
      },
      signRequest: (request) => {
        const proof = { key: keyNamed(self), signature: this.#signature(self, asText(request)) };
        return new SymbolicRequest(request, proof, this);
      },
    };
  }

  verify(statement: Signed): boolean {
    const { body, signer, signature, share } = statement;
    if (!this.#voters.has(signer)) return false;
    if (SymbolicStatement.isOf(this, statement)) return true;
    const aggregate = aggregateOf(statement);
    if (aggregate) return shows(aggregate, signer, this.aggregates);
    return signature === this.#signature(signer, signedJson(body, share));
  }

  verifyRequest(request: SignedRequest): boolean {
    if (SymbolicRequest.isOf(this, request)) return true;
    const { client, proof } = request;
    const owner = ownerOf(client);
    return (
      proof.key === keyNamed(owner) && proof.signature === this.#signature(owner, asText(request))
    );
  }

  #share(signer: MemberId, body: Statement): string {
    return shareFrom(this.#signature(signer, ['share', body as unknown as Json]));
  }

  #signature(signer: MemberId, body: Json): string {
    let key = this.#keys.get(signer);
    if (key === undefined) {
      key = new Random(this.#seed, `key/${this.#domain}/${signer}`).next();
      this.#keys.set(signer, key);
    }
    return signatureOf(hashOf(body, key));
  }
}

/** A share is signed with what it is a share of. */
function signedJson(body: Statement, share: string | undefined): Json {
  const json = body as unknown as Json;
  return share === undefined ? json : [json, share];
}

/** Names the key instead of being one: 64 hex digits. */
const keyNamed = (member: MemberId): string => member + member;

/** A request as text, which no statement's body is. */
function asText({ client, seq, ackedBelow, command }: ClientRequest): Json {
  return ['request', client, seq, ackedBelow, { ...command }];
}

const zeros = '0'.repeat(120);
/** Two hex digits by byte: a number that is not small takes longer to become text than to be made. */
const byteDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 32 bits as 128 hex digits. */
function signatureOf(hash: number): string {
  let digits = '';
  for (const shift of [24, 16, 8, 0]) digits += byteDigits[(hash >>> shift) & 0xff] as string;
  return zeros + digits;
}

/** Of the value, whatever the order of an object's keys: a 32-bit integer. */
function hashOf(value: Json, key: number): number {
  if (typeof value === 'string') return hashText(value, key);
  if (typeof value === 'number') return mix(mix(key, value | 0), Math.floor(value / 2 ** 32));
  if (typeof value !== 'object' || value === null) return hashText(String(value), ~key);
  if (isList(value)) {
    return value.reduce<number>((h, item) => mix(h, hashOf(item, key)), mix(key, value.length));
  }
  let sum = 0;
  // What is signed is plain: no field is inherited, and no list of them need be made.
  for (const name in value) {
    sum = (sum + mix(hashText(name, key), hashOf(value[name] as Json, key))) | 0;
  }
  return mix(~key, sum);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** FNV-1a, which starts from the key. */
function hashText(text: string, key: number): number {
  let h = 0x811c9dc5 ^ key;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h, text.length);
}

/** The finalizer of MurmurHash3 over both. */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ b, 0x85ebca6b) + b;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
