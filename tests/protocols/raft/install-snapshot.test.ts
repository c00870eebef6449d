/** A snapshot goes from a leader to a follower (§7, dissertation chapter 5; R35). */
import { describe, expect, test } from 'vitest';
import { limits } from '#protocols/core/limits.ts';
import { Service } from '#protocols/core/service.ts';
import { compacting } from '#protocols/raft/compacting.ts';
import type { InstallSnapshot, InstallSnapshotResponse } from '#protocols/raft/messages.ts';
import * as rules from '#protocols/raft/rules.ts';
import { slicesOf } from '#protocols/core/slices.ts';
import {
  acknowledge,
  append,
  Bench,
  notesOf,
  progressOf,
  refuse,
  sentTo,
  types,
} from '../fixtures/bench.ts';
import { c, put, r, request, roster } from '../fixtures/ids.ts';

const [ben, eva] = [r(1), r(2)];
const configuration = { voters: roster(3), votersOld: [], learners: [] };

/** The text of a snapshot with `count` puts, each long enough to need pieces of its own. */
function dataOf(count: number): string {
  const service = new Service();
  for (let seq = 1; seq <= count; seq++) {
    service.execute(request(seq, put(`k${seq}`, 'v'.repeat(5_000))), seq);
  }
  return JSON.stringify(service.checkpoint());
}

/** The InstallSnapshots of one snapshot, in order. */
function pieces(term: number, index: number, data = dataOf(3)): InstallSnapshot[] {
  let offset = 0;
  return slicesOf(data, limits.chunkCharactersMax).map((piece) => {
    const at = offset;
    offset += piece.length;
    return {
      type: 'InstallSnapshot',
      term,
      lastIncludedIndex: index,
      lastIncludedTerm: 1,
      configuration,
      offset: at,
      data: piece,
      done: offset === data.length,
    };
  });
}

const [first, ...others] = pieces(3, 10) as [InstallSnapshot, ...InstallSnapshot[]];
const answers = (bench: Bench, message: InstallSnapshot, from = ben): InstallSnapshotResponse => {
  const [answer] = sentTo(bench.receive(from, message), from);
  if (answer?.type !== 'InstallSnapshotResponse') throw new Error('no answer');
  return answer;
};

describe('follower', () => {
  test('[R35] a snapshot comes in pieces; the last one puts it and its configuration in force', () => {
    const bench = new Bench({ term: 2, terms: [2, 2] });
    const voters = roster(5);
    const joint = { voters, votersOld: roster(3), learners: [r(7)] };
    expect(answers(bench, { ...first, configuration: joint })).toMatchObject({
      offset: first.data.length,
      installed: false,
    });
    const effects = others.flatMap((piece) => bench.receive(ben, piece));
    expect(bench.state).toMatchObject({
      commitIndex: 10,
      lastApplied: 10,
      currentTerm: 3,
      log: { baseIndex: 10, baseTerm: 1, entries: [], configurations: [{ configuration: joint }] },
    });
    expect(bench.service.store.snapshot()).toHaveLength(3);
    // Durable before the answer leaves.
    expect(types(effects).slice(-6)).toEqual([
      'setTimer',
      'restore',
      'persist',
      'note',
      'send',
      'note',
    ]);
    expect(sentTo(effects, ben).at(-1)).toMatchObject({ lastIncludedIndex: 10, installed: true });
    expect(sentTo(bench.receive(ben, append(3, [10, 1], [3])), ben)).toMatchObject([
      { success: true, matchIndex: 11 },
    ]);
  });

  test('[RS27] a repeated piece, and one out of order, changes nothing', () => {
    const bench = new Bench({ term: 2 });
    const offset = first.data.length;
    expect(answers(bench, others[1] as InstallSnapshot)).toMatchObject({ offset: 0 });
    expect(answers(bench, first)).toMatchObject({ offset, installed: false });
    expect(answers(bench, first)).toMatchObject({ offset, installed: false });
    expect(answers(bench, others[1] as InstallSnapshot)).toMatchObject({ offset });
    for (const piece of others) bench.receive(ben, piece);
    expect(bench.state.lastApplied).toBe(10);
    const digest = bench.service.digest();
    for (const piece of [first, ...others]) {
      expect(answers(bench, piece)).toMatchObject({ installed: true });
    }
    expect(bench.service.digest()).toBe(digest);
  });

  test('[RS27] a snapshot begun again begins at nothing, by another leader too', () => {
    const bench = new Bench({ term: 2 });
    answers(bench, first);
    const [again, ...rest] = pieces(4, 10) as [InstallSnapshot, ...InstallSnapshot[]];
    expect(answers(bench, rest[0] as InstallSnapshot, eva)).toMatchObject({ offset: 0 });
    expect(answers(bench, again, eva)).toMatchObject({ offset: again.data.length });
    expect(rest.map((piece) => answers(bench, piece, eva)).at(-1)).toMatchObject({
      installed: true,
    });
  });

  test('[RS27, I10] an older snapshot that comes late is acknowledged and ignored', () => {
    const bench = new Bench({ term: 2 });
    for (const piece of pieces(3, 10)) bench.receive(ben, piece);
    const digest = bench.service.digest();
    for (const index of [9, 10]) {
      expect(answers(bench, pieces(3, index, dataOf(1))[0] as InstallSnapshot)).toMatchObject({
        lastIncludedIndex: index,
        installed: true,
      });
    }
    expect(bench.state).toMatchObject({ lastApplied: 10, snapshot: { lastIncludedIndex: 10 } });
    expect(bench.service.digest()).toBe(digest);
  });

  test('an older snapshot does not drive out the newer one under way', () => {
    const bench = new Bench({ term: 2 });
    answers(bench, first);
    expect(answers(bench, pieces(3, 8)[0] as InstallSnapshot)).toMatchObject({ offset: 0 });
    expect(bench.state.incoming?.position.index).toBe(10);
  });

  test('the log is kept if it holds the last included entry, and dropped otherwise', () => {
    const keeps = new Bench({ term: 1, terms: [1, 1, 1] });
    expect(answers(keeps, { ...first, lastIncludedIndex: 2 })).toMatchObject({ installed: true });
    expect(keeps.terms).toEqual([1, 1, 1]);
    expect(keeps.state).toMatchObject({ commitIndex: 2, lastApplied: 2, snapshot: null });

    const drops = new Bench({ term: 2, terms: [1, 2, 2] });
    for (const piece of pieces(3, 2)) drops.receive(ben, piece);
    expect(drops.terms).toEqual([]);
    expect(drops.state).toMatchObject({ commitIndex: 2, log: { baseIndex: 2, baseTerm: 1 } });
  });

  test('[R1, R2] a snapshot brings its leader’s term, and never lowers it', () => {
    const bench = new Bench({ term: 5 });
    expect(answers(bench, first)).toMatchObject({ term: 5, installed: false });
    expect(bench.state).toMatchObject({ currentTerm: 5, incoming: null, leaderId: null });
    for (const piece of pieces(6, 10)) bench.receive(ben, piece);
    expect(bench.state).toMatchObject({ currentTerm: 6, leaderId: ben, log: { baseTerm: 1 } });
  });

  test.each<[string, InstallSnapshot]>([
    ['of an entry younger than its term', { ...first, lastIncludedTerm: 4 }],
    ['at an index that nobody can have counted to', { ...first, lastIncludedIndex: 2 ** 52 }],
    ['with a text that is none', { ...first, data: '{', done: true }],
  ])('[K11] a snapshot %s is refused', (_what, message) => {
    const bench = new Bench({ term: 2 });
    expect(notesOf(bench.receive(ben, message)).at(-1)).toMatchObject({
      note: 'snapshotRefused',
      reason: 'impossible',
    });
    expect(bench.state).toMatchObject({ lastApplied: 0, snapshot: null, incoming: null });
  });

  test('[K11] what a liar sends is kept up to a bound', () => {
    const bench = new Bench({ term: 2 });
    const data = '.'.repeat(limits.chunkCharactersMax);
    const count = limits.snapshotCharactersMax / data.length;
    for (let i = 0; i < count + 5; i++) {
      bench.receive(ben, { ...first, offset: i * data.length, data, done: false });
    }
    expect(bench.state.incoming?.length).toBe(limits.snapshotCharactersMax);
  });

  test('a stop within the epoch survives its snapshot', () => {
    const before = new Service();
    before.execute(request(1, { op: 'stop', successor: 'pbft' }), 7);
    const bench = new Bench({ term: 2 });
    const [piece] = pieces(3, 9, JSON.stringify(before.checkpoint()));
    const effects = bench.receive(ben, piece as InstallSnapshot);
    expect(bench.service.stoppedAt).toBe(7);
    expect(notesOf(effects)).toContainEqual({
      note: 'epochEnded',
      index: 7,
      digest: before.digest(),
    });
    expect(bench.service.execute(request(2), 10).result).toMatchObject({ error: 'epoch-ended' });
  });
});

describe('leader', () => {
  /** Leads term 2 with a log that begins at 5, a snapshot of 6, and a last index of 8. */
  function leader(): Bench {
    const bench = new Bench({ rules: compacting(rules, { every: 6, kept: 1 }) });
    bench.service.execute(request(1, put('long', 'v'.repeat(16_000)), c(1)), 1);
    bench.receive(eva, append(1, [0, 0], [1, 1, 1, 1, 1, 1, 1], 6));
    bench.lead();
    expect(bench.state.log.baseIndex).toBe(5);
    return bench;
  }
  const held = (offset: number, installed = false, lastIncludedIndex = 6) =>
    ({
      type: 'InstallSnapshotResponse',
      term: 2,
      lastIncludedIndex,
      offset,
      installed,
    }) as const;

  test('[R16] a follower behind the log’s beginning gets the snapshot, the rest with its answers', () => {
    const bench = leader();
    const sent = sentTo(bench.receive(ben, refuse(2, 7, [3, 1])), ben);
    expect(sent.length).toBeGreaterThan(3);
    expect(sent.every(({ type }) => type === 'InstallSnapshot')).toBe(true);
    expect(sent[0]).toMatchObject({ lastIncludedIndex: 6, lastIncludedTerm: 1, offset: 0 });
    expect(sent.at(-1)).toMatchObject({ done: true });
    expect(sent.every((message) => JSON.stringify(message).length < 16_384)).toBe(true);
    expect(progressOf(bench, ben)).toMatchObject({ mode: 'snapshot', nextIndex: 7 });

    const effects = bench.receive(ben, held(0, true));
    expect(progressOf(bench, ben)).toMatchObject({ mode: 'probe', matchIndex: 6, nextIndex: 7 });
    expect(sentTo(effects, ben)).toMatchObject([{ type: 'AppendEntries', prevLogIndex: 6 }]);
    bench.receive(ben, acknowledge(2, 8));
    expect(bench.state.commitIndex).toBe(8);
  });

  test('one within the tail needs no snapshot', () => {
    const bench = leader();
    const sent = sentTo(bench.receive(ben, refuse(2, 7, [5, 1])), ben);
    expect(sent).toMatchObject([{ type: 'AppendEntries', prevLogIndex: 5 }]);
    expect(sentTo(bench.receive(ben, refuse(2, 5, [5, 1])), ben)[0]).toMatchObject({ offset: 0 });
  });

  test('[R21] pieces are bounded in flight; what is lost is sent again when heartbeats show it', () => {
    const bench = leader();
    bench.receive(ben, refuse(2, 7, [3, 1]));
    const transfer = progressOf(bench, ben).transfer;
    expect(transfer?.sent).toBeLessThanOrEqual(
      limits.chunksInFlightMax * limits.chunkCharactersMax,
    );
    bench.receive(ben, held(limits.chunkCharactersMax));
    expect(sentTo(bench.receive(ben, refuse(2, 6, [3, 1])), ben)).toEqual([]);
    expect(sentTo(bench.receive(ben, refuse(2, 6, [3, 1])), ben)[0]).toMatchObject({
      offset: limits.chunkCharactersMax,
    });
    // A follower that restarted says that it holds nothing.
    bench.receive(ben, held(0));
    bench.receive(ben, refuse(2, 6, [3, 1]));
    expect(sentTo(bench.receive(ben, refuse(2, 6, [3, 1])), ben)[0]).toMatchObject({ offset: 0 });
  });

  test('a heartbeat asks about the snapshot, and starts none at a replica that is silent', () => {
    const bench = leader();
    bench.receive(ben, refuse(2, 7, [3, 1]));
    const sent = sentTo(bench.timeout('heartbeat'), ben);
    expect(sent).toMatchObject([{ type: 'AppendEntries', prevLogIndex: 6, prevLogTerm: 1 }]);
  });

  test('[snapshot_succeed_via_app_resp] an acknowledgement of entries ends the snapshot too', () => {
    const bench = leader();
    bench.receive(ben, refuse(2, 7, [3, 1]));
    bench.receive(ben, acknowledge(2, 6));
    expect(progressOf(bench, ben)).toMatchObject({
      mode: 'replicate',
      matchIndex: 6,
      transfer: null,
    });
  });

  test('[R15] answers about an older snapshot, or one never sent, move nothing back or beyond', () => {
    const bench = leader();
    bench.receive(ben, acknowledge(2, 8));
    bench.receive(ben, held(0, true, 3));
    bench.receive(ben, held(0, true, 99));
    expect(progressOf(bench, ben)).toMatchObject({
      mode: 'replicate',
      matchIndex: 8,
      nextIndex: 9,
    });
  });
});
