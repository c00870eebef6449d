/**
 * All chance of a simulated world, as a tree of generators: each part draws from its own, named by a path below the
 * seed, so that a draw more in one part moves nothing in another.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const quantileCount = 1_024;
const quantileUnit = 4_096;
/** Of the exponential distribution with mean {@link quantileUnit}. Rounded, so that the last bit of a logarithm does not show. */
const quantiles = Array.from({ length: quantileCount }, (_, i) =>
  Math.round(-Math.log((i + 0.5) / quantileCount) * quantileUnit),
);

export class Random {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number, path: string) {
    this.#generator = xoroshiro128plus(hash(seed, path));
    // The first draws still resemble the seed.
    for (let i = 0; i < 4; i++) this.#generator.next();
  }

  /** Even over the 32-bit unsigned integers. */
  next(): number {
    return this.#generator.next() >>> 0;
  }

  /** Evenly from the integers of [min, max]. */
  between(min: number, max: number): number {
    return min + (this.next() % (max - min + 1));
  }

  /** True in `perMille` of 1,000 cases. Draws nothing when the answer is certain. */
  chance(perMille: number): boolean {
    return perMille > 0 && this.next() % 1_000 < perMille;
  }

  /** An integer from the exponential distribution; at most 7.6 times the mean. */
  exponential(mean: number): number {
    if (mean === 0) return 0;
    const quantile = quantiles[this.next() >>> 22] as number;
    return Math.floor((mean * quantile) / quantileUnit);
  }

  /** One of `list`, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.next() % list.length] as T;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }
}

/** FNV-1a over the path, then the finalizer of MurmurHash3: every bit of either moves every bit of the result. */
function hash(seed: number, path: string): number {
  let h = 0x811c9dc5 ^ seed ^ Math.floor(seed / 2 ** 32);
  for (let i = 0; i < path.length; i++) h = Math.imul(h ^ path.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
