/** What a message claims that somebody signed: its statements and its clients' requests, wherever it holds them. */
import type { SignedRequest } from '#protocols/core/client.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { isSigned, isSignedRequest, type Signed } from '#protocols/core/signed.ts';

export interface Claims {
  /** Outermost first: who cannot forge the whole need not be asked about its parts. */
  readonly statements: Signed[];
  readonly requests: SignedRequest[];
}

/** Looks through the whole of `value`, which a schema has let through. */
export function claimsIn(value: unknown): Claims {
  const claims: Claims = { statements: [], requests: [] };
  collect(value, claims);
  return claims;
}

/** The one statement that `message` makes, if it is signed by `signer` and there is nothing else to verify. */
export function soleStatementIn(message: unknown, signer: MemberId): Signed | null {
  const { statements, requests } = claimsIn(message);
  const [statement] = statements;
  const isSole = statements.length === 1 && requests.length === 0;
  return isSole && statement?.signer === signer ? statement : null;
}

/** What `self` states in `value`; what it passes on of others is not among it. */
export function ownStatementsIn(value: unknown, self: MemberId): Signed[] {
  return claimsIn(value).statements.filter(({ signer }) => signer === self);
}

function collect(value: unknown, claims: Claims): void {
  if (typeof value !== 'object' || value === null) return;
  if (isSignedRequest(value)) {
    claims.requests.push(value);
  } else if (isSigned(value)) {
    claims.statements.push(value);
    collect(value.body, claims);
  } else if (Array.isArray(value)) {
    for (const part of value as unknown[]) collect(part, claims);
  } else {
    // What a schema has let through is plain: no field is inherited, and no list need be made.
    for (const key in value) {
      const part = (value as Record<string, unknown>)[key];
      if (typeof part === 'object') collect(part, claims);
    }
  }
}
