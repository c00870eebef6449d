/** [PB19] A client that lies: two commands under one number, to different replicas. Replica 1 of four, a backup in view 0. */
import { expect, test } from 'vitest';
import type { ClientReply } from '#protocols/core/client.ts';
import { put } from '../fixtures/ids.ts';
import type { PbftEffect } from '#protocols/pbft/state.ts';
import { applied, Bench, sentOf } from './bench.ts';
import { signedRequest } from './statements.ts';

const [heads, tails] = ['heads', 'tails'].map((side) => [signedRequest(1, put('coin', side))]);
if (!heads || !tails) throw new Error('two sides');

const answers = (effects: readonly PbftEffect[]): ClientReply[] =>
  effects.flatMap((effect) => (effect.type === 'reply' ? [effect.reply] : []));

test('[PB19] [P2] the one that is ordered wins, and whoever asks for the other hears of it', () => {
  const bench = new Bench();
  bench.step({ type: 'request', requests: heads });
  expect(applied(bench.decide(1, tails))).toEqual([1]);
  expect(answers(bench.step({ type: 'request', requests: heads }))).toMatchObject([
    { seq: 1, index: 1, result: { value: 'tails' } },
  ]);
  expect(bench.service.query('coin').value).toBe('tails');
});

test('[PB19] [PI5] a primary that orders both has one executed', () => {
  const bench = new Bench();
  bench.decide(1, heads);
  bench.decide(2, tails);
  expect(bench.service.query('coin').value).toBe('heads');
});

test('[PB19] [P14] who waited for the other waits no more: such a client changes no view', () => {
  const bench = new Bench();
  bench.step({ type: 'request', requests: heads });
  bench.decide(1, tails);
  expect(bench.state.requests.size).toBe(0);
  expect(sentOf(bench.timeout('request'), 'VIEW-CHANGE')).toEqual([]);
});

test('[PB19] with tentative execution on, the other is answered as tentatively as the one', () => {
  const bench = new Bench({ switches: ['tentative-execution'] });
  bench.prePrepare(0, 1, tails);
  bench.prepare([2], 0, 1, tails);
  expect(answers(bench.step({ type: 'request', requests: heads }))).toMatchObject([
    { result: { value: 'tails' }, tentative: 0 },
  ]);
});
