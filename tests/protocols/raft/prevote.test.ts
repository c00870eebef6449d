/** PreVote, CheckQuorum and leader stickiness: the three go together (R23 to R26). */
import { describe, expect, test } from 'vitest';
import { profiles } from '#protocols/core/timing.ts';
import {
  acknowledge,
  append,
  ask,
  Bench,
  notesOf,
  sentTo,
  types,
  vote,
} from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];
const preVote = { preVote: true };
const preNo = { preVote: true, voteGranted: false };

describe('asking before standing', () => {
  test('[R23] who asks changes nothing: not its term, not its vote, not its disk', () => {
    const bench = new Bench({ term: 4, vote: ben, terms: [1, 3] });
    const effects = bench.timeout('election');
    expect(sentTo(effects, ben)).toEqual([ask(5, [2, 3], preVote)]);
    expect(types(effects)).not.toContain('persist');
    expect(bench.state).toMatchObject({
      role: { name: 'preCandidate' },
      currentTerm: 4,
      votedFor: ben,
    });
    expect(notesOf(effects)).toEqual([{ note: 'preVoteStarted', term: 5 }]);
  });

  test('[R23, R6] who says yes changes nothing either, and does not re-arm its timer', () => {
    const bench = new Bench({ term: 4, vote: eva });
    const before = JSON.stringify(bench.state);
    const effects = bench.receive(ben, ask(5, [0, 0], preVote));
    expect(sentTo(effects, ben)).toEqual([vote(5, preVote)]);
    expect(types(effects).sort()).toEqual(['note', 'send']);
    expect(JSON.stringify(bench.state)).toBe(before);
    // It may say so to many.
    expect(sentTo(bench.receive(eva, ask(5, [0, 0], preVote)), eva)).toEqual([vote(5, preVote)]);
  });

  test.each([
    [[2, 2], 3, true],
    [[1, 1], 3, false],
    [[2, 2], 2, false],
    [[2, 2], 1, false],
  ] as const)('[R23] it says what its vote would be: log %j, term %i: %s', (last, term, yes) => {
    const bench = new Bench({ term: 2, vote: eva, terms: [1, 2] });
    const voteGranted = yes;
    expect(sentTo(bench.receive(ben, ask(term, last, preVote)), ben)).toEqual([
      vote(voteGranted ? term : 2, { preVote: true, voteGranted }),
    ]);
  });

  test.each([
    [3, [preVote], 'candidate'],
    [3, [preNo], 'preCandidate'],
    [3, [preNo, preNo], 'follower'],
    [5, [preVote, preNo, preVote], 'candidate'],
    [5, [preVote, preNo], 'preCandidate'],
    [1, [], 'leader'],
  ])('[RS2, R8] of %i voters %j answer: %s', (n, answers, role) => {
    const bench = new Bench({ n });
    bench.timeout('election');
    answers.forEach((answer, i) =>
      bench.receive(r(i + 1), vote('voteGranted' in answer ? 0 : 1, answer)),
    );
    expect(bench.state.role.name).toBe(role);
    expect(bench.state.currentTerm).toBe(role === 'candidate' || role === 'leader' ? 1 : 0);
  });

  test('[R1] the term of a pre-vote is adopted by nobody, whoever says it', () => {
    const bench = new Bench({ term: 2 });
    bench.receive(ben, ask(9, [0, 0], preVote));
    bench.receive(ben, vote(9, preVote));
    expect(bench.state.currentTerm).toBe(2);
  });

  test('[R2] a refusal tells the term that the one who asks has missed', () => {
    const voter = new Bench({ term: 7 });
    expect(sentTo(voter.receive(ben, ask(3, [0, 0], preVote)), ben)).toEqual([vote(7, preNo)]);
    const bench = new Bench({ term: 2 });
    bench.timeout('election');
    const effects = bench.receive(ben, vote(7, preNo));
    expect(bench.state).toMatchObject({ role: { name: 'follower' }, currentTerm: 7 });
    expect(notesOf(effects)).toMatchObject([{ note: 'steppedDown', from: 'preCandidate' }]);
  });

  test('[R9] answers of one kind do not count for the other', () => {
    const bench = new Bench({ n: 5 });
    bench.timeout('election');
    for (const id of [ben, eva]) bench.receive(id, vote(0));
    expect(bench.state.role.name).toBe('preCandidate');
    for (const id of [ben, eva]) bench.receive(id, vote(1, preVote));
    expect(bench.state.role.name).toBe('candidate');
    // Late pre-votes of the same campaign, for this very term.
    for (const id of [r(3), r(4)]) bench.receive(id, vote(1, preVote));
    expect(bench.state.role.name).toBe('candidate');
    for (const id of [r(3), r(4)]) bench.receive(id, vote(1));
    expect(bench.state.role.name).toBe('leader');
  });

  test('[RS4] who asks and hears the leader of its term follows it', () => {
    const bench = new Bench({ term: 2, vote: ben });
    bench.timeout('election');
    bench.receive(eva, append(2, [0, 0]));
    expect(bench.state).toMatchObject({ role: { name: 'follower' }, votedFor: ben, leaderId: eva });
  });
});

describe('stickiness', () => {
  function following(): Bench {
    const bench = new Bench({ term: 1 });
    bench.receive(ben, append(1, [0, 0]));
    return bench;
  }

  test('[R24] who heard the leader lately does not hear a candidate', () => {
    const bench = following();
    const effects = bench.receive(eva, ask(9));
    expect(types(effects)).toEqual(['note']);
    expect(notesOf(effects)).toMatchObject([{ note: 'voteRefused', reason: 'leader-heard' }]);
    expect(bench.state).toMatchObject({ currentTerm: 1, leaderId: ben });
    expect(sentTo(bench.receive(eva, ask(2, [0, 0], preVote)), eva)).toEqual([vote(1, preNo)]);
  });

  test('[R24] each word of the leader begins the time anew, the shortest election timeout', () => {
    const bench = following();
    const { electionTicksMin: ticks } = bench.timing;
    expect(bench.receive(ben, append(1, [0, 0]))).toContainEqual({
      type: 'setTimer',
      timer: 'leader heard',
      ticksMin: ticks,
      ticksMax: ticks,
    });
    bench.timeout('leader heard');
    expect(sentTo(bench.receive(eva, ask(2)), eva)).toEqual([vote(2)]);
  });

  test('[R24] with the leader’s permission it votes at once', () => {
    const bench = following();
    expect(sentTo(bench.receive(eva, ask(2, [0, 0], { transfer: true })), eva)).toEqual([vote(2)]);
  });

  test('[R24] a leader clings to itself', () => {
    const bench = new Bench();
    bench.lead();
    expect(types(bench.receive(ben, ask(5, [9, 4])))).toEqual(['note']);
    expect(sentTo(bench.receive(ben, ask(2, [9, 4], preVote)), ben)).toEqual([vote(1, preNo)]);
    expect(bench.state.role.name).toBe('leader');
  });

  test('[R24, R39] a restart does not free a replica from what its leader counts on', () => {
    const bench = new Bench({ term: 1, isFresh: true });
    expect(types(bench.receive(eva, ask(2)))).toEqual(['note']);
    bench.timeout('leader heard');
    expect(sentTo(bench.receive(eva, ask(2)), eva)).toEqual([vote(2)]);
  });

  test('[R24, K13] who slept an election timeout heard nobody lately', () => {
    const { electionTicksMin: ticks } = profiles.fast;
    for (const [elapsedTicks, sticky] of [
      [ticks - 1, true],
      [ticks, false],
    ] as const) {
      const bench = following();
      bench.step({ type: 'wake', elapsedTicks });
      expect(bench.state.heardLeader).toBe(sticky);
    }
  });
});

describe('CheckQuorum', () => {
  test('[R25] a leader that nobody answers steps down, in its term, and leaves its clients without an answer', () => {
    const bench = new Bench();
    bench.lead();
    bench.request();
    const effects = bench.timeout('check quorum');
    expect(notesOf(effects)).toEqual([
      { note: 'steppedDown', from: 'leader', term: 1, reason: 'quorum-lost' },
    ]);
    expect(types(effects)).not.toContain('reply');
    expect(bench.state).toMatchObject({
      role: { name: 'follower' },
      currentTerm: 1,
      votedFor: ana,
    });
  });

  test('[R25] one answer of a majority is enough, and each time anew', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 0));
    expect(types(bench.timeout('check quorum'))).toEqual(['setTimer']);
    bench.timeout('check quorum');
    expect(bench.state.role.name).toBe('follower');
  });

  test('[R25, K10] one voter that answers often is one', () => {
    const bench = new Bench({ n: 5 });
    bench.lead();
    for (let i = 0; i < 9; i++) bench.receive(ben, acknowledge(1, 0));
    bench.timeout('check quorum');
    expect(bench.state.role.name).toBe('follower');
  });
});
