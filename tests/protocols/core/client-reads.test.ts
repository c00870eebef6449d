/** Reads that all replicas are asked, of the pure client: what counts, and what is ordered after all. */
import { describe, expect, test } from 'vitest';
import { Client, timersPerRetry } from '#protocols/core/client-core.ts';
import { isQuery, type ClientEffect, type ClientReply } from '#protocols/core/client.ts';
import { c, r, roster } from '../fixtures/ids.ts';

function client(): Client {
  const needed = { repliesNeeded: 2, quorum: 3 };
  return new Client({ self: c(0), replicas: roster(4), ...needed, retryTicks: 600 });
}

function requestsOf(effects: readonly ClientEffect[]) {
  return effects
    .flatMap((effect) => (effect.type === 'send' ? effect.requests : []))
    .flatMap((message) => (isQuery(message) ? [] : [message]));
}

const done: ClientReply = {
  type: 'done',
  seq: 1,
  index: 11,
  result: { ok: true, value: '1' },
  leader: null,
};

describe('a read by a quorum of equal answers', () => {
  const read = (query: number, index: number, value = '1'): ClientReply => {
    return {
      type: 'read',
      query,
      served: 'quorum',
      index,
      result: { ok: true, value },
      leader: null,
    };
  };

  test('[P1] asks all, and counts a quorum of them that read the same state', () => {
    const it = client();
    const asked = it.query('x', 'quorum');
    expect(asked.flatMap((effect) => (effect.type === 'send' ? [effect.to] : []))).toEqual(
      roster(4),
    );
    expect(it.onReply(r(0), [read(1, 7), read(1, 7)])).toEqual([]);
    expect(it.onReply(r(1), [read(1, 7)])).toEqual([]);
    // The same value in another state may be another write of it.
    expect(it.onReply(r(2), [read(1, 9)])).toEqual([]);
    expect(it.onReply(r(3), [read(1, 7)])).toEqual([
      {
        type: 'answered',
        query: 1,
        key: 'x',
        served: 'quorum',
        index: 7,
        result: { ok: true, value: '1' },
        tentative: false,
      },
    ]);
    expect(it.queriesOpen).toBe(0);
  });

  test('is ordered once all have answered and no quorum agrees, and answered as the query it was', () => {
    const it = client();
    it.query('x', 'quorum');
    it.onReply(r(0), [read(1, 7)]);
    it.onReply(r(1), [read(1, 7)]);
    it.onReply(r(2), [read(1, 8)]);
    const ordered = requestsOf(it.onReply(r(3), [read(1, 9)]));
    expect(ordered).toMatchObject([{ seq: 1, command: { op: 'get', key: 'x' } }]);
    it.onReply(r(0), [done]);
    expect(it.onReply(r(1), [done])).toMatchObject([
      { type: 'answered', query: 1, key: 'x', served: 'log', index: 11 },
    ]);
  });

  test('is ordered when the retry time is over', () => {
    const it = client();
    it.query('x', 'quorum');
    expect(
      requestsOf(Array.from({ length: timersPerRetry - 1 }, () => it.onTimer()).flat()),
    ).toEqual([]);
    expect(requestsOf(it.onTimer())).toMatchObject([{ command: { op: 'get', key: 'x' } }]);
  });
});
