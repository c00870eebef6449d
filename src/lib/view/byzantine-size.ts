/** What a cluster can bear whose replicas may lie, whatever the protocol: n = 3f + 1. */
import { byzantineQuorum, faultsTolerated } from '#protocols/core/quorum.ts';
import type { SizeView } from './lexicon.ts';

/** The least seats at which it tolerates a fault. */
const seatsMin = 4;

/** How many more of `n` may be away while `alive` are not, never below 0. */
export function byzantineSpare(alive: number, n: number): number {
  return Math.max(0, faultsTolerated(n) - (n - alive));
}

export function byzantineSize(n: number): SizeView {
  const f = faultsTolerated(n);
  const quorum = byzantineQuorum(n);
  return {
    figures: [
      { symbol: 'n', value: n, meaning: n === 1 ? 'seat' : 'seats' },
      { symbol: 'f', value: f, meaning: 'may fail or lie' },
      { symbol: 'quorum', value: quorum, meaning: 'must agree' },
    ],
    text: sizeText(n, f, quorum),
  };
}

const ordinals: Readonly<Record<number, string>> = { 5: 'fifth', 8: 'eighth', 11: 'eleventh' };

function sizeText(n: number, f: number, quorum: number): string {
  if (f === 0) {
    const missing = seatsMin - n;
    const more = missing === 1 ? 'One more seat is' : `${missing} more seats are`;
    return `n = ${n} tolerates no fault. ${more} needed: n = 3f + 1 = ${seatsMin} tolerate f = 1.`;
  }
  const full = 3 * f + 1;
  const who = f === 1 ? 'any one replica' : `any ${f} replicas`;
  if (n > full) return sparePlaces(n, { f, quorum, full });
  const shared = 2 * quorum - n;
  return (
    `n = ${n} tolerates f = ${f}: ${who} may crash, be cut off or lie. ` +
    `${quorum} must agree, because any two groups of ${quorum} share ${shared} replicas, ` +
    `and at least one of them is honest.`
  );
}

/** Seats beyond 3f + 1 that do not reach the next f. */
function sparePlaces(
  n: number,
  { f, quorum, full }: { readonly f: number; readonly quorum: number; readonly full: number },
): string {
  const spare =
    n === full + 1
      ? `the ${ordinals[n] ?? 'last'} seat adds nothing but an observer’s comfort`
      : 'the last two seats add nothing but an observer’s comfort';
  return `n = ${n} tolerates f = ${f}, like n = ${full}: ${spare}. ${quorum} must agree; f = ${f + 1} needs ${full + 3} seats.`;
}
