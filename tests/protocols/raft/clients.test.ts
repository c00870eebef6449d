/** Clients' requests and the replica that takes them (§8). */
import { expect, test } from 'vitest';
import { acknowledge, append, Bench, notesOf, sentTo, types } from '../fixtures/bench.ts';
import { c, r, request } from '../fixtures/ids.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];

function leading(): Bench {
  const bench = new Bench();
  bench.lead();
  for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
  return bench;
}

test('a follower hands requests to its leader, and its leader’s answers to their clients', () => {
  const bench = new Bench();
  bench.receive(ben, append(1, [0, 0]));
  const requests = [request(1), request(2)];
  const effects = bench.step({ type: 'request', requests });
  expect(effects).toEqual([
    { type: 'send', to: [ben], message: { type: 'ForwardRequests', requests } },
  ]);
  const result = { ok: true, value: '1' } as const;
  const reply = { type: 'done', seq: 1, index: 2, result, leader: ben } as const;
  const replies = [{ client: c(0), reply }];
  expect(bench.receive(ben, { type: 'ForwardReplies', replies })).toEqual([
    { type: 'reply', to: c(0), reply },
  ]);
});

test('without a leader it refuses and says so', () => {
  const effects = new Bench().request(3);
  expect(notesOf(effects)).toEqual([{ note: 'requestsRefused', reason: 'no-leader', count: 3 }]);
  expect(effects.filter(({ type }) => type === 'reply')).toHaveLength(3);
});

test('who stands for election knows no leader any more, and sends nobody to the last one', () => {
  const bench = new Bench();
  bench.receive(ben, append(1, [0, 0]));
  bench.stand();
  const effects = bench.request();
  expect(sentTo(effects, ben)).toEqual([]);
  expect(effects).toMatchObject([
    { note: { reason: 'no-leader' } },
    { reply: { type: 'refused', leader: null } },
  ]);
});

test('forwarded requests are not handed on again: a stale hint makes no circle', () => {
  const bench = new Bench();
  bench.receive(ben, append(1, [0, 0]));
  const effects = bench.receive(eva, { type: 'ForwardRequests', requests: [request(1)] });
  expect(sentTo(effects, ben)).toEqual([]);
  expect(sentTo(effects, eva)).toEqual([
    {
      type: 'ForwardReplies',
      replies: [
        { client: c(0), reply: { type: 'refused', seq: 1, reason: 'not-leader', leader: ben } },
      ],
    },
  ]);
});

test('the leader answers each taker’s requests in one message', () => {
  const bench = leading();
  const own = bench.step({ type: 'request', requests: [request(1)] });
  const forwarded = [request(1, undefined, c(1)), request(2, undefined, c(1))];
  const taken = bench.receive(eva, { type: 'ForwardRequests', requests: forwarded });
  bench.loopback([...own, ...taken]);
  const effects = bench.receive(ben, acknowledge(1, 4));
  expect(effects.filter(({ type }) => type === 'reply')).toMatchObject([{ to: c(0) }]);
  const replies = sentTo(effects, eva).filter(({ type }) => type === 'ForwardReplies');
  // What is answered is forgotten.
  expect(bench.state.role).toMatchObject({ name: 'leader', taken: [] });
  expect(replies).toMatchObject([
    {
      replies: [
        { client: c(1), reply: { seq: 1 } },
        { client: c(1), reply: { seq: 2 } },
      ],
    },
  ]);
});

test('[RS32] a request sent again executes once and is answered the same', () => {
  const bench = leading();
  const answers = [0, 1].flatMap(() => {
    const effects = bench.step({ type: 'request', requests: [request(1)] });
    const committed = [
      ...bench.loopback(effects),
      ...bench.receive(ben, acknowledge(1, bench.terms.length)),
    ];
    return committed.flatMap((effect) => (effect.type === 'reply' ? [effect.reply] : []));
  });
  expect(answers).toHaveLength(2);
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]).toMatchObject({ type: 'done', index: 2 });
});

test('a leader answers only for what was taken in during its own term', () => {
  const bench = new Bench({ term: 1, terms: [1, 1] });
  const elected = bench.lead();
  const effects = [...bench.receive(ben, acknowledge(2, 3)), ...elected];
  expect(bench.state.lastApplied).toBe(3);
  expect(types(effects)).not.toContain('reply');
});

test('a stop ends the epoch: noted with the digest, and nothing after it executes', () => {
  const bench = leading();
  const stop = request(1, { op: 'stop', successor: 'pbft' });
  bench.loopback(bench.step({ type: 'request', requests: [stop, request(2)] }));
  const effects = bench.receive(ben, acknowledge(1, 3));
  const digest = bench.service.digest();
  expect(notesOf(effects)).toEqual([{ note: 'epochEnded', index: 2, digest }]);
  expect(effects.filter(({ type }) => type === 'reply')).toMatchObject([
    { reply: { type: 'done', result: { ok: true } } },
    { reply: { type: 'done', result: { ok: false, error: 'epoch-ended' } } },
  ]);
});

test('the leader hint of an answer is the leader', () => {
  const bench = leading();
  bench.loopback(bench.request());
  const effects = bench.receive(ben, acknowledge(1, 2));
  expect(effects.find(({ type }) => type === 'reply')).toMatchObject({ reply: { leader: ana } });
});
