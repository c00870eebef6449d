/**
 * Aggregates: one body, and one signature of all who signed it. Whoever speaks with a share says what it says as ever,
 * and adds a share of a signature that is only good together with others'. Shares are not looked at one by one: a core asks its host to
 * put them together, which checks the whole, and looks for false ones only where that fails.
 *
 * A bitmap says who signed. Since everybody has proved to have the secret of their key, an aggregate that is good shows of each of
 * them that it signed: it convicts like a signature of its own (Boneh, Drijvers and Neven, 2018).
 */
import * as v from 'valibot';
import { replicaIdSchema } from './client.ts';
import type { MemberId } from './ids.ts';
import { limits } from './limits.ts';
import { notYetSigned, signatureSchema, type Signed, type Statement } from './signed.ts';

export interface Aggregate<B extends Statement = Statement> {
  readonly body: B;
  /** 2^i stands for the i-th voter of the roster. */
  readonly signers: number;
  /** 96 lowercase hex digits: a point of G1, compressed. */
  readonly aggregate: string;
}

/** What a core may not do itself, since it takes keys and time: put together shares under equal bodies of distinct voters. */
export interface AggregateJob {
  readonly type: 'aggregate';
  readonly shares: readonly Signed[];
}

/** Of them all, and it was checked; or whose shares are false, if any is. */
export type AggregateAnswer =
  | { readonly type: 'aggregate'; readonly aggregate: Aggregate }
  | {
      readonly type: 'falseShares';
      readonly body: Statement;
      readonly signers: readonly MemberId[];
    };

/** `body` as `signer` says it with a share: the host makes both. */
export function sayWithShare<B extends Statement>(signer: MemberId, body: B): Signed<B> {
  return { body, signer, signature: notYetSigned, share: notYetSigned };
}

const pointDigits = 96;
const bitmapDigits = 8;

export const shareSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{96}$/));

export function aggregateSchema<B extends Statement>(
  body: v.GenericSchema<unknown, B>,
): v.GenericSchema<unknown, Aggregate<B>> {
  return v.strictObject({
    body,
    signers: v.pipe(
      v.number(),
      v.safeInteger(),
      v.minValue(0),
      v.maxValue(2 ** limits.votersMax - 1),
    ),
    aggregate: shareSchema,
  });
}

/** The form of a statement with this body, with a share or without. */
export function sharedSchema<B extends Statement>(
  body: v.GenericSchema<unknown, B>,
): v.GenericSchema<unknown, Signed<B>> {
  return v.strictObject({
    body,
    signer: replicaIdSchema,
    signature: signatureSchema,
    share: v.exactOptional(shareSchema),
  });
}

/** Whether `value`, which a schema has let through, is an aggregate: nothing else that is sent has such a field. */
export function isAggregate(value: object): value is Aggregate {
  return 'aggregate' in value && 'signers' in value && 'body' in value;
}

/** Those of `voters` that a bitmap names, in their order. */
export function namedBy(signers: number, voters: readonly MemberId[]): MemberId[] {
  return voters.filter((_, place) => ((signers >>> place) & 1) === 1);
}

/** The bitmap that names these. */
export function bitmapOf(members: Iterable<MemberId>, voters: readonly MemberId[]): number {
  let signers = 0;
  for (const member of members) signers |= 1 << voters.indexOf(member);
  return signers;
}

/** Whether a bitmap names anybody, and nobody beyond the roster. */
export function isBitmap(signers: number, { length }: readonly MemberId[]): boolean {
  return signers > 0 && signers < 2 ** length;
}

/**
 * What an aggregate shows of each of its signers, as a statement: in the place of a signature of its own it has the bitmap,
 * 8 hex digits, and the aggregate.
 */
export function statementsOf<B extends Statement>(
  { body, signers, aggregate }: Aggregate<B>,
  voters: readonly MemberId[],
): Signed<B>[] {
  const signature = signers.toString(16).padStart(bitmapDigits, '0') + aggregate;
  return namedBy(signers, voters).map((signer) => ({ body, signer, signature }));
}

/** The form of a statement with this body that an aggregate shows. */
export function shownSchema<B extends Statement>(
  body: v.GenericSchema<unknown, B>,
): v.GenericSchema<unknown, Signed<B>> {
  const signature = v.pipe(v.string(), v.regex(/^[0-7][0-9a-f]{103}$/));
  return v.strictObject({ body, signer: replicaIdSchema, signature });
}

/** The aggregate that shows a statement; `null` if it has a signature of its own. */
export function aggregateOf<B extends Statement>({
  body,
  signature,
}: Signed<B>): Aggregate<B> | null {
  if (signature.length !== bitmapDigits + pointDigits) return null;
  const signers = parseInt(signature.slice(0, bitmapDigits), 16);
  return { body, signers, aggregate: signature.slice(bitmapDigits) };
}
