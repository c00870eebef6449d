import { beforeEach, describe, expect, test } from 'vitest';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Section } from '../../src/lib/mesh/transport.ts';
import { batchesMax, TraceMail, waitMsMax } from '../../src/lib/room/trace-mail.ts';
import { ManualClock } from '../mesh/manual-clock.ts';

const [ana, ben] = ['a'.repeat(32), 'b'.repeat(32)] as [MemberId, MemberId];
const batch = (n: number) => new Uint8Array([n]);

describe('traces for the screens of others', () => {
  let clock: ManualClock;
  let mail: TraceMail;
  let busy: Set<MemberId>;
  let sent: [MemberId, number[]][];

  beforeEach(() => {
    clock = new ManualClock();
    busy = new Set();
    sent = [];
    const send = (to: MemberId, sections: readonly Section[]): 'queued' => {
      sent.push([to, sections.map(({ bytes }) => bytes[0] ?? -1)]);
      return 'queued';
    };
    mail = new TraceMail({ idle: (peer) => !busy.has(peer), send }, clock);
  });

  test('leave at once over a free link', () => {
    mail.post([ana, ben], batch(1));
    expect(sent).toEqual([
      [ana, [1]],
      [ben, [1]],
    ]);
    expect(clock.pending).toBe(0);
  });

  test('wait for a busy link and then leave in their order', () => {
    busy.add(ana);
    mail.post([ana], batch(1));
    mail.post([ana], batch(2));
    expect(sent).toEqual([]);
    busy.clear();
    clock.advance(100);
    expect(sent).toEqual([[ana, [1, 2]]]);
    expect(clock.pending).toBe(0);
  });

  test('a link that stays busy is given the present', () => {
    busy.add(ana);
    for (let n = 1; n <= batchesMax + 1; n++) mail.post([ana], batch(n));
    busy.clear();
    clock.advance(100);
    expect(sent).toEqual([[ana, [batchesMax + 1]]]);
  });

  test('what waited too long is not sent, and nothing goes on waiting for it', () => {
    busy.add(ana);
    mail.post([ana], batch(1));
    clock.advance(waitMsMax + 100);
    expect(clock.pending).toBe(0);
    busy.clear();
    mail.post([ana], batch(2));
    expect(sent).toEqual([[ana, [2]]]);
  });
});
