/** What a message claims that somebody signed: its statements, aggregates and its clients' requests, wherever it holds them. */
import { isAggregate, statementsOf, type Aggregate } from '#protocols/core/aggregate.ts';
import type { SignedRequest } from '#protocols/core/client.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { isSigned, isSignedRequest, type Signed } from '#protocols/core/signed.ts';

export interface Claims {
  /** Outermost first: who cannot forge the whole need not be asked about its parts. */
  readonly statements: Signed[];
  readonly requests: SignedRequest[];
  readonly aggregates: Aggregate[];
}

/** Looks through the whole of `value`, which a schema has let through. */
export function claimsIn(value: unknown): Claims {
  const claims: Claims = { statements: [], requests: [], aggregates: [] };
  collect(value, claims);
  return claims;
}

/** The one statement that `message` makes, if it is signed by `signer` and there is nothing else to verify. */
export function soleStatementIn(message: unknown, signer: MemberId): Signed | null {
  const { statements, requests, aggregates } = claimsIn(message);
  const [statement] = statements;
  const isSole = statements.length === 1 && requests.length === 0 && aggregates.length === 0;
  return isSole && statement?.signer === signer ? statement : null;
}

/** What `self` states in `value`, with others or alone; what it passes on of others is not among it. */
export function ownStatementsIn(
  value: unknown,
  self: MemberId,
  voters: readonly MemberId[],
): Signed[] {
  const { statements, aggregates } = claimsIn(value);
  const shown = aggregates.flatMap((aggregate) => statementsOf(aggregate, voters));
  return [...statements, ...shown].filter(({ signer }) => signer === self);
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
  } else if (isAggregate(value)) {
    claims.aggregates.push(value);
  } else {
    // What a schema has let through is plain: no field is inherited, and no list need be made.
    for (const key in value) {
      const part = (value as Record<string, unknown>)[key];
      if (typeof part === 'object') collect(part, claims);
    }
  }
}
