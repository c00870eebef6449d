/** Signatures as a host needs them: one interface for the Ed25519 of a tab and the cheap keyed hash of the simulator. */
import type { ClientRequest, SignedRequest } from '#protocols/core/client.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Signed, Statement } from '#protocols/core/signed.ts';

/** At once in the simulator, later in a tab. */
export type Eventually<T> = T | Promise<T>;

/** Holds the key of one member, for one epoch of one room. */
export interface Signer {
  readonly self: MemberId;
  /** `body` as `self` says it. Nested statements in it are signed already. */
  sign<B extends Statement>(body: B): Eventually<Signed<B>>;
  signRequest(request: ClientRequest): Eventually<SignedRequest>;
}

/** Knows the keys of the epoch. Neither function throws or rejects, whatever it is given. */
export interface Verifier {
  /** Whether a member of the epoch, the named signer, signed this body. Nested statements are asked about one by one. */
  verify(statement: Signed): Eventually<boolean>;
  /** Whether the member whose client asks signed this request, with an acceptable key. */
  verifyRequest(request: SignedRequest): Eventually<boolean>;
}

export function isLater<T>(value: Eventually<T>): value is Promise<T> {
  return value instanceof Promise;
}
