/**
 * Statements: what a member can be held to, since anyone can check who said it. Signatures live at the edge. A core
 * says a statement without its signature; the host signs what leaves and verifies every statement inside what
 * arrives, nested ones too, before the core sees it. So cores stay synchronous and none can forge another's word.
 */
import * as v from 'valibot';
import { replicaIdSchema, type ClientRequest, type SignedRequest } from './client.ts';
import { canonical } from './encoding.ts';
import type { MemberId } from './ids.ts';
import type { Json } from './replica.ts';

/** What is signed. `kind` is part of the bytes: a vote of one kind can never be read as one of another (K8). */
export interface Statement {
  readonly kind: string;
}

/** Bodies are compared, never signatures: two signatures of one body may differ. */
export interface Signed<B extends Statement = Statement> {
  readonly body: B;
  readonly signer: MemberId;
  /** 128 lowercase hex digits; {@link notYetSigned} on the way from a core to its host. */
  readonly signature: string;
  /** Of an aggregate (`aggregate.ts`); nobody has checked it, and the signature covers it. */
  readonly share?: string;
}

/** Whether anybody here has checked the signature of a statement. */
export type Standing = 'verified' | 'unverified';

/** Of what a core has said and its host has not signed. Never accepted from outside. */
export const notYetSigned = '';

/** `body` as `signer` says it: the host signs it before it leaves, and before it comes back. */
export function say<B extends Statement>(signer: MemberId, body: B): Signed<B> {
  return { body, signer, signature: notYetSigned };
}

/** What a signature is bound to besides the body (K8): no statement means anything in another room or epoch. */
export interface SigningDomain {
  /** The registry's name of the protocol. */
  readonly protocol: string;
  readonly version: number;
  /** Digest of the genesis, 64 hex digits. */
  readonly cluster: string;
  readonly epoch: number;
}

/** What is signed, as text. No sender and no receiver: the key is the sender, and all votes for one thing sign the same. */
export function signedText(domain: SigningDomain, body: Statement, share?: string): string {
  const text = `synod/statement/1 ${domainText(domain)} ${canonical(body as unknown as Json)}`;
  return share === undefined ? text : `${text} ${share}`;
}

/** What a share is made over, as text: the same for all who say the same, under a tag of its own. */
export function shareText(domain: SigningDomain, body: Statement): string {
  return `synod/share/1 ${domainText(domain)} ${canonical(body as unknown as Json)}`;
}

/** What a client signs of a request, as text: everything but the proof, under a tag that no statement has. */
export function requestText(domain: SigningDomain, request: ClientRequest): string {
  const { client, seq, ackedBelow, command } = request;
  const body = canonical({ client, seq, ackedBelow, command } as unknown as Json);
  return `synod/request/1 ${domainText(domain)} ${body}`;
}

/** All but the kind and the body. No part contains a space, so that no two domains read alike. */
export function domainText({ protocol, version, cluster, epoch }: SigningDomain): string {
  return `${protocol}/${version} ${cluster} ${epoch}`;
}

/**
 * Whether `value`, which a schema has let through, is a statement: nothing else that is sent has just these
 * fields. So every statement is found wherever a message holds it, and none can be forgotten.
 */
export function isSigned(value: object): value is Signed {
  if (!('signature' in value && 'signer' in value && 'body' in value)) return false;
  // What a schema has let through is plain: no field is inherited, and no list of them need be made.
  for (const field in value) {
    const isItsOwn = field === 'body' || field === 'signer' || field === 'signature';
    if (!isItsOwn && field !== 'share') return false;
  }
  return true;
}

/** Whether `value`, which a schema has let through, is a request with its client's signature. */
export function isSignedRequest(value: object): value is SignedRequest {
  return 'proof' in value && 'client' in value;
}

export const signatureSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/));

/** The form of a statement with this body. An unsigned one is refused here, and so is a share. */
export function signedSchema<B extends Statement>(
  body: v.GenericSchema<unknown, B>,
): v.GenericSchema<unknown, Signed<B>> {
  return v.strictObject({ body, signer: replicaIdSchema, signature: signatureSchema });
}

/** Whether two statements say the same, whoever signed them. */
export function sayTheSame(a: Statement, b: Statement): boolean {
  return a === b || canonical(a as unknown as Json) === canonical(b as unknown as Json);
}
