/**
 * Draws from a seed. What a check draws repeats with its seed; what the machine does meanwhile, and so whom a draw
 * meets, does not.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const resolution = 2 ** 30;

export class Random {
  readonly #generator;

  constructor(readonly seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** One whose draws do not mix with those of others that go on at the same time. */
  fork(): Random {
    return new Random(this.whole(0, resolution - 1));
  }

  /** In [0, 1). */
  unit(): number {
    return uniformInt(this.#generator, 0, resolution - 1) / resolution;
  }

  between(min: number, max: number): number {
    return min + (max - min) * this.unit();
  }

  chance(share: number): boolean {
    return this.unit() < share;
  }

  /** Whole, in [min, max]. */
  whole(min: number, max: number): number {
    return uniformInt(this.#generator, min, max);
  }

  /** As a memoryless process waits, at most five times its mean. */
  wait(mean: number): number {
    return Math.min(5 * mean, -mean * Math.log(1 - this.unit()));
  }

  /** `count` different elements, or all there are, in random order. */
  some<T>(list: readonly T[], count: number): T[] {
    const left = [...list];
    const drawn: T[] = [];
    while (drawn.length < count && left.length > 0) {
      drawn.push(...left.splice(this.whole(0, left.length - 1), 1));
    }
    return drawn;
  }
}
