/** Signatures as a host needs them: one interface for the Ed25519 of a tab and the cheap keyed hash of the simulator. */
import type { ClientRequest, SignedRequest } from '#protocols/core/client.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Aggregate } from '#protocols/core/aggregate.ts';
import type { Answer, Job } from '#protocols/core/replica.ts';
import type { Signed, Statement } from '#protocols/core/signed.ts';

/** At once in the simulator, later in a tab. */
export type Eventually<T> = T | Promise<T>;

/** Holds the key of one member, for one epoch of one room. */
export interface Signer {
  readonly self: MemberId;
  /**
   * `body` as `self` says it. Nested statements in it are signed already.
   *
   * @param share of an aggregate, to be signed too; `notYetSigned`: to be made here; `undefined`: none
   */
  sign<B extends Statement>(body: B, share?: string): Eventually<Signed<B>>;
  signRequest(request: ClientRequest): Eventually<SignedRequest>;
}

/** Knows the keys of the epoch. Neither function throws or rejects, whatever it is given. */
export interface Verifier {
  /** Whether a member of the epoch, the named signer, signed this body. Nested statements are asked about one by one. */
  verify(statement: Signed): Eventually<boolean>;
  /** Whether the member whose client asks signed this request, with an acceptable key. */
  verifyRequest(request: SignedRequest): Eventually<boolean>;
  /** Only where members speak with shares: elsewhere no aggregate is good. */
  readonly aggregates?: Aggregates;
}

/** Knows the keys that shares are made with. */
export interface Aggregates {
  /** In the order of the roster. */
  readonly voters: readonly MemberId[];
  /** Whether exactly the members that it names signed this body together. */
  verify(aggregate: Aggregate): Eventually<boolean>;
  /** Does what a core asks for. */
  answer(job: Job): Eventually<Answer>;
}

export function isLater<T>(value: Eventually<T>): value is Promise<T> {
  return value instanceof Promise;
}
