/** Log replication, the leader’s part, rule by rule (§5.3, §5.4.2). */
import { describe, expect, test } from 'vitest';
import { initialProgress, type Progress } from '#protocols/raft/progress.ts';
import * as rules from '#protocols/raft/rules.ts';
import {
  acknowledge,
  appendTo,
  Bench,
  notesOf,
  progressOf,
  refuse,
  sentTo,
  types,
} from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];

describe('leader', () => {
  test('[R11] appends a no-op of its own term at once', () => {
    const bench = new Bench({ term: 1, terms: [1] });
    const effects = bench.lead();
    expect(appendTo(effects, ben)).toMatchObject({
      term: 2,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [{ kind: 'noop', term: 2 }],
    });
  });

  test('[K4] appends leave before its own write, its acknowledgement after it', () => {
    const bench = new Bench();
    bench.lead();
    for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
    const effects = bench.request();
    expect(types(effects)).toEqual(['send', 'persist', 'send']);
    expect(effects[0]).toMatchObject({ to: [ben, eva], message: { type: 'AppendEntries' } });
    expect(effects[2]).toMatchObject({ to: [ana], message: { success: true, matchIndex: 2 } });
    expect(progressOf(bench, ana).matchIndex).toBe(1);
    bench.loopback(effects);
    expect(progressOf(bench, ana).matchIndex).toBe(2);
  });

  test('all requests of one event travel in one append', () => {
    const bench = new Bench();
    bench.lead();
    for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
    const effects = bench.request(10);
    expect(sentTo(effects, ben)).toHaveLength(1);
    expect(appendTo(effects, ben).entries).toHaveLength(10);
  });

  test('[R15, K10] a repeated or overtaken acknowledgement moves nothing back', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    bench.request(5);
    bench.receive(ben, acknowledge(1, 6));
    bench.receive(ben, acknowledge(1, 1));
    expect(progressOf(bench, ben)).toMatchObject({
      matchIndex: 6,
      nextIndex: 7,
      mode: 'replicate',
    });
  });

  test('[R9] an acknowledgement of an older term does not count', () => {
    const bench = new Bench({ term: 1, terms: [1, 1] });
    bench.lead();
    expect(bench.receive(ben, acknowledge(1, 2))).toEqual([]);
    expect(progressOf(bench, ben).matchIndex).toBe(0);
  });

  test('[K3] nor one for entries this leader never had', () => {
    const bench = new Bench();
    bench.lead();
    expect(notesOf(bench.receive(ben, acknowledge(1, 7)))).toMatchObject([
      { note: 'acknowledgementIgnored', matchIndex: 7 },
    ]);
    expect(progressOf(bench, ben).matchIndex).toBe(0);
  });

  test('[R16] a refusal moves the probe down past the conflicting terms of both logs', () => {
    const bench = new Bench({ term: 6, terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6] });
    bench.lead();
    // Ben's log is 1 1 1 2 2 2 3 3 3 3 3: the last of his entries that may match is index 10.
    const effects = bench.receive(ben, refuse(7, 10, [10, 3]));
    expect(appendTo(effects, ben)).toMatchObject({ prevLogIndex: 3, prevLogTerm: 1 });
    // The same refusal again is stale: the probe is elsewhere.
    expect(bench.receive(ben, refuse(7, 10, [10, 3]))).toEqual([]);
  });

  test('[R16] never at or below what is known to match', () => {
    const progress: Progress = { ...initialProgress(10), matchIndex: 5, nextIndex: 9 };
    const { log } = new Bench({ term: 1, terms: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }).state;
    const reject = (prev: number, hint: [number, number]) =>
      rules.nextIndexAfterReject(log, progress, refuse(1, prev, hint));
    expect(reject(8, [2, 1])).toBe(6);
    expect(reject(5, [2, 1])).toBeNull();
    expect(reject(7, [2, 1])).toBeNull();
    // A refusal overtaken by agreement is no reason to begin again.
    progress.mode = 'replicate';
    expect(reject(5, [2, 1])).toBeNull();
    expect(reject(6, [2, 1])).toBe(6);
    progress.mode = 'probe';
    // A hint that does not go down would probe the same place for ever.
    expect(reject(8, [9, 1])).toBe(8);
  });

  test('[RS7] Figure 7: every log becomes the leader’s', () => {
    const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    const followers = [
      [1, 1, 1, 4, 4, 5, 5, 6, 6],
      [1, 1, 1, 4],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
      [1, 1, 1, 4, 4, 4, 4],
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    const leader = new Bench({ n: 7, term: 7, terms: leaderTerms });
    let pending = leader.lead();
    const benches = followers.map((terms, i) => {
      return new Bench({ n: 7, self: r(i + 1), term: 7, terms });
    });
    let messages = 0;
    for (let round = 0; round < 10 && pending.length > 0; round++) {
      const answers = benches.flatMap((bench) => {
        const { self } = bench.state;
        return sentTo(pending, self).flatMap((message) => {
          messages++;
          return sentTo(bench.receive(ana, message), ana).map((answer) => ({ self, answer }));
        });
      });
      pending = answers.flatMap(({ self, answer }) => leader.receive(self, answer));
    }
    for (const bench of benches) expect(bench.state.log).toEqual(leader.state.log);
    // Six votes asked for; then at most two probes each, the append, and the news of the commit.
    expect(messages).toBeLessThanOrEqual(6 * 5);
  });

  test('[R17, RS8] an old-term entry on a majority is not committed', () => {
    const bench = new Bench({ n: 5, term: 3, terms: [1, 2] });
    bench.lead();
    bench.receive(ben, acknowledge(4, 2));
    bench.receive(eva, acknowledge(4, 2));
    expect(bench.state.commitIndex).toBe(0);
  });

  test('[R17, RS9] it is committed with the first entry of the leader’s own term', () => {
    const bench = new Bench({ n: 5, term: 3, terms: [1, 2] });
    bench.lead();
    bench.receive(ben, acknowledge(4, 3));
    const effects = bench.receive(eva, acknowledge(4, 3));
    expect(bench.state.commitIndex).toBe(3);
    expect(effects.flatMap((e) => (e.type === 'apply' ? [e.index] : []))).toEqual([1, 2, 3]);
  });

  test('[R19] a heartbeat tells each follower no more than it acknowledged', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    expect(bench.state.commitIndex).toBe(1);
    const effects = bench.timeout('heartbeat');
    expect(appendTo(effects, ben)).toMatchObject({ entries: [], leaderCommit: 1, prevLogIndex: 1 });
    expect(appendTo(effects, eva)).toMatchObject({ entries: [], leaderCommit: 0, prevLogIndex: 0 });
  });

  test('[R20] news of a commit travel alone, and once, when no append comes that they could ride on', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    // Eva was still probed when the no-op was committed.
    bench.receive(eva, acknowledge(1, 1));
    expect(appendTo(bench.timeout('commit news'), eva).leaderCommit).toBe(1);
    bench.loopback(bench.request());
    const committed = bench.receive(ben, acknowledge(1, 2));
    expect(sentTo(committed, ben)).toEqual([]);
    expect(committed).toContainEqual(expect.objectContaining({ timer: 'commit news' }));
    const news = bench.timeout('commit news');
    expect(appendTo(news, ben)).toMatchObject({ entries: [], leaderCommit: 2 });
    expect(appendTo(news, eva)).toMatchObject({ entries: [], leaderCommit: 2 });
    expect(bench.receive(eva, acknowledge(1, 2))).toEqual([]);
    expect(bench.timeout('commit news')).toEqual([]);
  });

  test('[R20] news of a commit ride on the next append, if it comes soon', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    expect(appendTo(bench.request(), ben).leaderCommit).toBe(1);
    expect(sentTo(bench.timeout('commit news'), ben)).toEqual([]);
  });

  test('[R22] applies in order, once each, and answers after it', () => {
    const bench = new Bench();
    bench.lead();
    for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
    bench.loopback(bench.request(3));
    const effects = bench.receive(ben, acknowledge(1, 4));
    const told = effects.filter(({ type }) => type === 'apply' || type === 'reply');
    expect(types(told)).toEqual(['apply', 'apply', 'apply', 'reply', 'reply', 'reply']);
    expect(told.flatMap((e) => (e.type === 'apply' ? [e.index] : []))).toEqual([2, 3, 4]);
    expect(types(bench.receive(ben, acknowledge(1, 4)))).not.toContain('apply');
  });
});
