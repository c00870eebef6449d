/** Shares put together, with one look at the whole; only where that fails are the false ones looked for. */
import { bitmapOf, type Aggregate, type AggregateAnswer } from '#protocols/core/aggregate.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Signed } from '#protocols/core/signed.ts';

/** BLS in a tab, sums of a keyed hash in the simulator. What is good added to what is false must be false. */
export interface AggregateScheme {
  /** In the order of the roster. */
  readonly voters: readonly MemberId[];
  /** Whether this is a share of anything at all: only then it may be added. */
  isShare(share: string): boolean;
  /** The sum of `shares`. */
  add(shares: readonly string[]): string;
  /** Whether it is the sum of the shares of exactly these signers: the slow part. Never throws, whatever it is given. */
  isGood(aggregate: Aggregate): boolean;
}

/** @param shares equal bodies of distinct voters, each with a share */
export function putTogether(scheme: AggregateScheme, shares: readonly Signed[]): AggregateAnswer {
  const [first] = shares;
  if (!first) throw new Error('nothing to put together');
  const whole = shares.filter(({ share }) => share !== undefined && scheme.isShare(share));
  const no = shares.filter((share) => !whole.includes(share));
  const together = aggregateOf(scheme, whole);
  const isGood = together !== null && scheme.isGood(together);
  if (isGood && no.length === 0) return { type: 'aggregate', aggregate: together };
  const found = isGood ? no : [...no, ...falseAmong(scheme, whole)];
  const signers = found.map(({ signer }) => signer);
  return { type: 'falseShares', body: first.body, signers };
}

/** Bisection. `shares` together are known to be false: where one half is good, the other needs no look. */
function falseAmong(scheme: AggregateScheme, shares: readonly Signed[]): readonly Signed[] {
  if (shares.length < 2) return shares;
  const middle = shares.length >> 1;
  const [left, right] = [shares.slice(0, middle), shares.slice(middle)];
  if (isGood(scheme, left)) return falseAmong(scheme, right);
  const rightIsGood = isGood(scheme, right);
  return [...falseAmong(scheme, left), ...(rightIsGood ? [] : falseAmong(scheme, right))];
}

function isGood(scheme: AggregateScheme, shares: readonly Signed[]): boolean {
  const together = aggregateOf(scheme, shares);
  return together !== null && scheme.isGood(together);
}

/** `null` of none. */
function aggregateOf(scheme: AggregateScheme, shares: readonly Signed[]): Aggregate | null {
  const [first] = shares;
  if (!first) return null;
  const signers = bitmapOf(
    shares.map(({ signer }) => signer),
    scheme.voters,
  );
  return {
    body: first.body,
    signers,
    aggregate: scheme.add(shares.map(({ share = '' }) => share)),
  };
}
