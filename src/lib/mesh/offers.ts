/** How many offers a peer may still make: a bucket for each, which earns one now and then. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock } from '../tab/clock.ts';
import { meshLimits } from './limits.ts';

interface Allowance {
  readonly left: number;
  readonly at: number;
}

export class Offers {
  readonly #allowances = new Map<MemberId, Allowance>();

  constructor(private readonly clock: Clock) {}

  /** Whether this one of `from` is taken. */
  take(from: MemberId): boolean {
    const now = this.clock.now();
    const { left, at } = this.#allowances.get(from) ?? { left: meshLimits.offersBurst, at: now };
    const earned = left + (now - at) / meshLimits.offerEveryMs;
    const before = Math.min(meshLimits.offersBurst, earned);
    this.#allowances.set(from, { left: before >= 1 ? before - 1 : before, at: now });
    return before >= 1;
  }
}
