/** How much a leader sends before it hears back (R21). */
import { describe, expect, test } from 'vitest';
import { limits } from '#protocols/core/limits.ts';
import { acknowledge, appendTo, Bench, progressOf, refuse, sentTo } from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';

const ben = r(1);

describe('leader', () => {
  test('[R21] a bounded number of appends is on its way to a follower', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    let sent = 0;
    for (let i = 0; i < 50; i++) sent += sentTo(bench.request(), ben).length;
    expect(sent).toBe(limits.appendsInFlightMax);
    // One answer settles the two appends before it; the rest follows in one.
    const next = sentTo(bench.receive(ben, acknowledge(1, 3)), ben);
    expect(next).toHaveLength(1);
    expect(next[0]).toMatchObject({ prevLogIndex: 17, entries: { length: 34 } });
  });

  test('[R21] a stream whose appends were all lost is woken by the answer to a heartbeat', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    for (let i = 0; i < 20; i++) bench.request();
    const heartbeat = appendTo(bench.timeout('heartbeat'), ben);
    expect(heartbeat).toMatchObject({ prevLogIndex: 17, entries: [] });
    const effects = bench.receive(ben, refuse(1, 17, [1, 1]));
    expect(appendTo(effects, ben)).toMatchObject({ prevLogIndex: 1, entries: { length: 20 } });
    // One at a time, until the place is found.
    expect(progressOf(bench, ben)).toMatchObject({ mode: 'probe', nextIndex: 2, inFlight: [21] });
    expect(sentTo(bench.request(), ben)).toEqual([]);
    expect(appendTo(bench.receive(ben, acknowledge(1, 21)), ben).entries).toHaveLength(1);
    expect(progressOf(bench, ben)).toMatchObject({ mode: 'replicate', inFlight: [22] });
  });

  test('[R21] a probe that was lost is sent again with the next agreement', () => {
    const bench = new Bench();
    bench.lead();
    expect(progressOf(bench, ben)).toMatchObject({ mode: 'probe', inFlight: [1] });
    // The answer to a heartbeat: the logs agree where the probe would have begun.
    const effects = bench.receive(ben, acknowledge(1, 0));
    expect(appendTo(effects, ben)).toMatchObject({ prevLogIndex: 0, entries: [{ kind: 'noop' }] });
    expect(progressOf(bench, ben)).toMatchObject({ mode: 'replicate', inFlight: [1] });
  });

  test('[R21] and one whose answers were all lost, by agreement', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    for (let i = 0; i < 20; i++) bench.request();
    const effects = bench.receive(ben, acknowledge(1, 17));
    expect(appendTo(effects, ben)).toMatchObject({ prevLogIndex: 17, entries: { length: 4 } });
    expect(progressOf(bench, ben).inFlight).toEqual([21]);
  });

  test('[R21] the uncommitted tail is bounded: clients hear overloaded', () => {
    const bench = new Bench();
    bench.lead();
    const { uncommittedEntriesMax } = limits;
    bench.request(uncommittedEntriesMax - 10);
    const effects = bench.request(20);
    const refused = effects.filter(({ type }) => type === 'reply');
    expect(refused).toHaveLength(11);
    expect(refused[0]).toMatchObject({ reply: { type: 'refused', reason: 'overloaded' } });
    expect(bench.terms).toHaveLength(uncommittedEntriesMax);
  });

  test('an append is bounded in bytes, however large its values', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    const value = '\u0001'.repeat(limits.valueCharactersMax);
    const requests = Array.from({ length: 64 }, (_, i) => ({
      client: 'c' as never,
      seq: i + 1,
      ackedBelow: 1,
      command: { op: 'put', key: 'k', value } as const,
    }));
    const messages = sentTo(bench.step({ type: 'request', requests }), ben);
    expect(messages.length).toBeGreaterThan(1);
    for (const message of messages) {
      expect(JSON.stringify(message).length).toBeLessThan(limits.messageBytesMax);
    }
  });
});
