/** Terms and votes, rule by rule (§5.1, §5.2, §5.4.1). */
import { describe, expect, test } from 'vitest';
import { isUpToDate } from '#protocols/raft/rules.ts';
import { append, ask, Bench, notesOf, sentTo, types, vote } from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';
import { delays, RaftWorld } from '../fixtures/raft-world.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];

const no = { voteGranted: false };

describe('terms', () => {
  test.each([
    // Any other request for a vote a leader does not even hear (R24).
    ['RequestVote', ask(5, [9, 4], { transfer: true })],
    ['RequestVoteResponse', vote(5, no)],
    ['AppendEntries', append(5, [0, 0])],
    [
      'AppendEntriesResponse',
      { type: 'AppendEntriesResponse', success: true, term: 5, matchIndex: 0, round: 0 } as const,
    ],
  ])('[R1] a newer term in %s makes a leader a follower and frees its vote', (_name, message) => {
    const bench = new Bench({ term: 1 });
    bench.lead();
    expect(bench.state.role.name).toBe('leader');
    const effects = bench.receive(ben, message);
    expect(bench.state.role.name).toBe('follower');
    expect(bench.state.currentTerm).toBe(5);
    expect(bench.state.votedFor).toBe(message.type === 'RequestVote' ? ben : null);
    expect(effects[0]).toMatchObject({ type: 'persist' });
    expect(types(effects)).toContain('setTimer');
  });

  test('[R2, RS1] a stale AppendEntries is refused with the current term and changes nothing', () => {
    const bench = new Bench({ term: 3, terms: [1, 2] });
    const effects = bench.receive(ben, append(2, [2, 2], [2], 2));
    expect(sentTo(effects, ben)).toMatchObject([{ success: false, term: 3 }]);
    expect(types(effects).sort()).toEqual(['note', 'send']);
    expect(bench.terms).toEqual([1, 2]);
    expect(bench.state).toMatchObject({ currentTerm: 3, leaderId: null, commitIndex: 0 });
  });

  test('[R2] a stale RequestVote is refused with the current term', () => {
    const effects = new Bench({ term: 3 }).receive(ben, ask(2, [9, 2]));
    expect(sentTo(effects, ben)).toEqual([vote(3, no)]);
    expect(notesOf(effects)).toMatchObject([{ note: 'voteRefused', reason: 'stale-term' }]);
  });

  test('[R3, RS4] a candidate that hears the leader of its term follows it and keeps its vote', () => {
    const bench = new Bench({ term: 1 });
    bench.stand();
    const effects = bench.receive(ben, append(2, [0, 0]));
    expect(bench.state).toMatchObject({ role: { name: 'follower' }, votedFor: ana, leaderId: ben });
    expect(notesOf(effects)).toMatchObject([
      { note: 'steppedDown', from: 'candidate', reason: 'leader-heard' },
      { note: 'leaderLearned', leader: ben },
    ]);
    expect(sentTo(bench.receive(eva, ask(2, [9, 2])), eva)).toEqual([vote(2, no)]);
  });
});

describe('voting', () => {
  test('[R4, RS3] the first come is served, and served again; the second is refused', () => {
    const bench = new Bench({ term: 1 });
    expect(sentTo(bench.receive(ben, ask(2)), ben)).toEqual([vote(2)]);
    const effects = bench.receive(eva, ask(2));
    expect(sentTo(effects, eva)).toEqual([vote(2, no)]);
    expect(notesOf(effects)).toMatchObject([
      { note: 'voteRefused', to: eva, reason: 'already-voted', votedFor: ben },
    ]);
    expect(sentTo(bench.receive(ben, ask(2)), ben)).toEqual([vote(2)]);
  });

  test('[R4] nobody gets a vote in a term whose leader is known', () => {
    const bench = new Bench({ term: 1 });
    bench.receive(ben, append(2, [0, 0]));
    expect(sentTo(bench.receive(eva, ask(2, [9, 2])), eva)).toEqual([vote(2, no)]);
  });

  test.each([
    [[1], 1, 1, true],
    [[1], 2, 1, true],
    [[1, 1], 1, 1, false],
    [[1], 1, 2, true],
    [[1, 1], 1, 2, true],
    [[2], 1, 1, false],
    [[2], 2, 1, false],
    [[1, 1], 0, 0, false],
  ])('[R4, RS10] a voter with log %j asked by (%i, %i): %s', (terms, index, term, granted) => {
    const bench = new Bench({ term: 2, terms });
    expect(sentTo(bench.receive(ben, ask(3, [index, term])), ben)).toEqual([
      vote(3, { voteGranted: granted }),
    ]);
    expect(isUpToDate({ index, term }, { index: terms.length, term: terms.at(-1) ?? 0 })).toBe(
      granted,
    );
  });

  test('[R5] term and vote are written before the answer leaves', () => {
    const effects = new Bench({ term: 1 }).receive(ben, ask(2));
    const last = effects.findLast(({ type }) => type === 'persist');
    expect(last).toEqual({
      type: 'persist',
      writes: [
        { type: 'put', key: 'term', value: 2 },
        { type: 'put', key: 'vote', value: ben },
      ],
    });
    const lastPersist = types(effects).lastIndexOf('persist');
    expect(lastPersist).toBeLessThan(types(effects).indexOf('send'));
  });

  test('[R5] a candidate writes its vote for itself before it asks anyone', () => {
    const effects = new Bench({ term: 1 }).timeout('election');
    expect(types(effects).indexOf('persist')).toBeLessThan(types(effects).indexOf('send'));
  });

  test('[R6] only an append of the leader, a granted vote and an election re-arm the timer', () => {
    const bench = new Bench({ term: 1, terms: [1] });
    expect(types(bench.receive(ben, ask(2, [0, 0])))).not.toContain('setTimer');
    expect(types(bench.receive(ben, append(1, [0, 0])))).not.toContain('setTimer');
    expect(types(bench.receive(ben, ask(2, [1, 1])))).toContain('setTimer');
    expect(types(bench.stand())).toContain('setTimer');
    expect(types(bench.receive(ben, append(3, [1, 1])))).toContain('setTimer');
    // Even one that does not match comes from the leader.
    expect(types(bench.receive(ben, append(3, [9, 3])))).toContain('setTimer');
    expect(types(bench.receive(eva, append(3, [1, 1])))).not.toContain('setTimer');
  });

  test('[R7] the timer is drawn from [T, 2T]', () => {
    const { born } = new Bench();
    const { electionTicksMin: ticksMin, electionTicksMax: ticksMax } = new Bench().timing;
    expect(born).toContainEqual({ type: 'setTimer', timer: 'election', ticksMin, ticksMax });
    expect(ticksMax).toBe(2 * ticksMin);
  });
});

describe('winning', () => {
  test.each([
    [1, [], 'leader'],
    [3, [true], 'leader'],
    [3, [false], 'candidate'],
    [3, [false, false], 'follower'],
    [3, [], 'candidate'],
    [5, [true, true], 'leader'],
    [5, [true, false, false], 'candidate'],
    [5, [false, false, false], 'follower'],
    [4, [true, false], 'candidate'],
    [4, [false, false], 'follower'],
  ])('[R8, RS2] of %i voters %j answer: %s', (n, answers, role) => {
    const bench = new Bench({ n });
    bench.stand();
    answers.forEach((granted, i) => bench.receive(r(i + 1), vote(1, { voteGranted: granted })));
    expect(bench.state.role.name).toBe(role);
  });

  test('[R8, K10] a repeated vote counts once, a stranger’s not at all', () => {
    const bench = new Bench({ n: 5 });
    bench.stand();
    for (const from of [ben, ben, ben, r(99)]) bench.receive(from, vote(1));
    expect(bench.state.role.name).toBe('candidate');
  });

  test('[R9] a vote of another term does not count', () => {
    const bench = new Bench();
    bench.stand();
    bench.stand();
    bench.receive(ben, vote(1));
    expect(bench.state).toMatchObject({ currentTerm: 2, role: { name: 'candidate' } });
    bench.receive(ben, vote(2));
    expect(bench.state.role.name).toBe('leader');
  });

  test('a leader has a heartbeat timer and no election timer; a follower the other way round', () => {
    const bench = new Bench();
    const timers = (effects: ReturnType<Bench['step']>) =>
      effects.flatMap((effect) => {
        if (effect.type !== 'setTimer' && effect.type !== 'cancelTimer') return [];
        return [`${effect.type} ${effect.timer}`];
      });
    bench.stand();
    expect(timers(bench.receive(ben, vote(1)))).toEqual([
      'cancelTimer election',
      'setTimer heartbeat',
      'setTimer check quorum',
    ]);
    expect(timers(bench.timeout('heartbeat'))).toEqual(['setTimer heartbeat']);
    const deposed = bench.receive(ben, vote(2, no));
    expect(timers(deposed)).toEqual([
      'cancelTimer heartbeat',
      'cancelTimer check quorum',
      'cancelTimer transfer',
      'cancelTimer lease',
      'setTimer election',
    ]);
    expect(bench.timeout('heartbeat')).toEqual([]);
  });

  test('[RS2] a candidate without an answer stands again in the next term', () => {
    const bench = new Bench();
    bench.stand();
    const effects = bench.stand();
    expect(bench.state.currentTerm).toBe(2);
    expect(sentTo(effects, ben)).toEqual([ask(2, [0, 0], { preVote: true }), ask(2)]);
  });

  test('[RS6] drawn timeouts seldom collide', () => {
    let votesSplit = 0;
    for (let seed = 0; seed < 100; seed++) {
      const world = new RaftWorld({ nodes: 5, seed, ...delays(5, 5) });
      world.run(600 + 100);
      if (!world.states().some(({ role }) => role.name === 'leader')) votesSplit++;
    }
    expect(votesSplit).toBeLessThan(30);
  });

  test('[RS13] of duelling candidates the one with the short log never wins', () => {
    for (let seed = 0; seed < 40; seed++) {
      const world = new RaftWorld({ seed });
      // Eva hears nothing while the others commit, and stands for election over and over.
      world.part([ana, ben], [eva]);
      world.run(2_000);
      world.write(0, 3);
      world.run(2_000);
      const committed = world.invariants.committed.length;
      expect(committed).toBeGreaterThan(3);
      world.mend();
      world.notes.length = 0;
      world.crash(world.leader().self);
      world.run(5_000);
      const elected = world.notes.filter(({ note }) => note.note === 'becameLeader');
      expect(elected.map(({ self }) => self)).not.toContain(eva);
      expect(elected.length).toBeGreaterThan(0);
      expect(world.invariants.committed.length).toBeGreaterThan(committed);
    }
  });
});
