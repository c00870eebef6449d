/** Aggregates of a simulated world: shares are numbers that a keyed hash gives, and an aggregate is their sum. */
import { isBitmap, namedBy, type Aggregate } from '#protocols/core/aggregate.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Answer, Job } from '#protocols/core/replica.ts';
import type { Statement } from '#protocols/core/signed.ts';
import { putTogether, type AggregateScheme } from '#lib/host/aggregating.ts';
import type { Aggregates } from '#lib/host/signer.ts';

const shareDigits = 96;
/** Of a share, what is a number. */
const numberDigits = 8;

/** The share that a symbolic signature stands for. */
export function shareFrom(signature: string): string {
  return signature.slice(-shareDigits);
}

/** Whether `signer` is one of those who signed a good aggregate. */
export function shows(
  aggregate: Aggregate,
  signer: MemberId,
  { voters, verify }: SymbolicAggregates,
): boolean {
  return namedBy(aggregate.signers, voters).includes(signer) && verify(aggregate);
}

/** Shares of numbers that a keyed hash gives, and sums of them. */
export class SymbolicAggregates implements Aggregates, AggregateScheme {
  readonly voters: readonly MemberId[];
  readonly #shareOf: (signer: MemberId, body: Statement) => string;
  /** As the very objects that they are. */
  readonly #good = new WeakSet<Aggregate>();

  constructor(voters: readonly MemberId[], shareOf: (signer: MemberId, body: Statement) => string) {
    this.voters = voters;
    this.#shareOf = shareOf;
  }

  readonly verify = (aggregate: Aggregate): boolean => {
    if (this.#good.has(aggregate)) return true;
    const { body, signers } = aggregate;
    if (!isBitmap(signers, this.voters)) return false;
    const shares = namedBy(signers, this.voters).map((signer) => this.#shareOf(signer, body));
    const isGood = this.add(shares) === aggregate.aggregate;
    if (isGood) this.#good.add(aggregate);
    return isGood;
  };

  readonly isGood = this.verify;

  readonly answer = ({ shares }: Job): Answer => putTogether(this, shares);

  isShare(): boolean {
    return true;
  }

  /** As the points of BLS do: what is good plus what is false is false. */
  add(shares: readonly string[]): string {
    let sum = 0;
    for (const share of shares) sum = (sum + parseInt(share.slice(-numberDigits), 16)) >>> 0;
    return sum.toString(16).padStart(shareDigits, '0');
  }
}
