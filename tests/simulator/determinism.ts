/** One suite for Node and for a browser: the same seed must give the same trace, byte for byte, in both. */
import { expect, test } from 'vitest';
import { runSeed } from '#lib/simulator/run.ts';
import { TraceDigest } from '#lib/simulator/story.ts';
import { laboratory } from './fixtures.ts';

/** Over the whole trace of seed 7. It changes with the protocol, the host and the swarm, and with nothing else. */
const pinned = 'f95c29330322e51cce28c4b74559fc8b88bf4f2309c1673348a00846ead1a14f';

export function digestOf(seed: number): string {
  const digest = new TraceDigest();
  const trace = digest.add.bind(digest);
  runSeed({ laboratory, trace }, { seed, nodes: 5, mode: 'safety', eventsMax: 5_000 });
  return digest.hex();
}

export function determinismSuite(): void {
  test('the same seed gives the same trace, byte for byte, here and elsewhere', () => {
    expect(digestOf(7)).toBe(pinned);
    expect(digestOf(7)).toBe(pinned);
  });

  test('another seed gives another trace', () => {
    expect(digestOf(8)).not.toBe(pinned);
  });
}
