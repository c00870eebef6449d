/** What nobody honest would send, into hosts that run: nothing throws, nothing is violated, honest clients are served. */
import { expect, test } from 'vitest';
import { protocolNames } from '#protocols/registry.ts';
import { attackHosts } from './hostile-frames.ts';

test.each(protocolNames)(
  'hosts of %s stand two thousand hostile frames, and clients are answered',
  (protocol) => {
    const outcome = attackHosts({ protocol, frames: 2_000, seed: 7 });
    expect(outcome.wrong).toBeNull();
    expect(outcome.frames).toBe(2_000);
    // The attack reaches every layer.
    for (const count of [outcome.malformed, outcome.undecoded, outcome.handed]) {
      expect(count).toBeGreaterThan(30);
    }
    expect(outcome.asked).toBeGreaterThan(10);
    expect(outcome.unanswered).toBe(0);
  },
);
