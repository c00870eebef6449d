import { describe, expect, it } from 'vitest';
import { eraColour } from '#lib/view/colours.ts';
import * as words from '#lib/components/words.ts';
import { screens } from '#lib/view/protocols.ts';
import type { RoomHeader } from '#lib/view/types.ts';
import { faultOf, idOf, seatOf, summaryOf } from './fixtures.ts';

const raft = screens.raft;
const pbft = screens.pbft;

const vitals = (voters: number, alive: number, quorum: number) =>
  ({ voters, learners: 0, alive, quorum }) as RoomHeader;

describe('numbers in words', () => {
  it('says how far the room is from standing still', () => {
    expect(words.vitalsSentence(vitals(5, 4, 3))).toBe('5 seats, 4 heard, 3 needed');
    const learning = { ...vitals(5, 4, 3), learners: 1 };
    expect(words.vitalsSentence(learning)).toBe('5 seats and 1 learner, 4 heard, 3 needed');
    const { words: lexicon } = raft;
    expect(words.outlook(vitals(5, 4, 3), lexicon, 0)).toEqual({
      tone: 'ok',
      text: '1 more may fail',
    });
    expect(words.outlook(vitals(5, 3, 3), lexicon, 0).tone).toBe('unknown');
    expect(words.outlook(vitals(5, 1, 3), lexicon, 0)).toEqual({
      tone: 'fail',
      text: 'cannot commit: 2 more must be heard',
    });
  });

  it('promises no more than f of PBFT, though a quorum of six would outlive two', () => {
    expect(words.outlook(vitals(6, 6, 4), pbft.words, 0).text).toBe('1 more may fail or lie');
    expect(words.outlook(vitals(6, 5, 4), pbft.words, 0).text).toBe('no more may fail or lie');
    expect(words.outlook(vitals(6, 3, 4), pbft.words, 0).tone).toBe('fail');
    expect(words.outlook(vitals(4, 4, 3), pbft.words, 1).text).toBe('no more may fail or lie');
    expect(words.outlook(vitals(4, 4, 3), pbft.words, 2).text).toBe('no more may fail or lie');
  });

  it('rounds as a person would, without 10.0 s', () => {
    expect(words.duration(430)).toBe('0.4 s');
    expect(words.duration(9_990)).toBe('10 s');
    expect(words.duration(180_000)).toBe('3 min');
    expect(words.latency(0.84)).toBe('0.8 ms');
    expect(words.latency(41.7)).toBe('42 ms');
    expect(words.latency(1_840)).toBe('1.8 s');
  });

  it('lists names without a wall of them', () => {
    expect(words.list([])).toBe('');
    expect(words.list(['Ana'])).toBe('Ana');
    expect(words.list(['Ana', 'Ben', 'Cleo'])).toBe('Ana, Ben and Cleo');
    expect(words.list(['Ana', 'Ben', 'Cleo', 'Dan', 'Eva'])).toBe('Ana, Ben, Cleo and 2 more');
  });

  it('says how long ago', () => {
    expect(words.ago(0, 30_000)).toBe('just now');
    expect(words.ago(0, 60_000)).toBe('1 minute ago');
    expect(words.ago(0, 72 * 3_600_000)).toBe('3 days ago');
  });
});

describe('a seat in words', () => {
  const leading = summaryOf({ role: 'leader', term: 3 });

  it('says the condition before the role: a crashed leader leads nothing', () => {
    const crashed = seatOf(0, { condition: 'crashed', summary: leading });
    expect(words.standing(crashed, raft.words)).toBe('crashed');
    expect(words.isLeading(crashed)).toBe(false);
  });

  it('says that a seat is stale rather than what it was', () => {
    expect(words.standing(seatOf(0, { stale: true, heardAgoMs: 12_400 }), raft.words)).toBe(
      'stale 12 s',
    );
  });

  it('says slow, not dead, where that was measured, and why', () => {
    const silent = { why: 'silent', ms: 4_230 } as const;
    const seat = seatOf(0, { stale: true, heardAgoMs: 4_230, slow: silent });
    expect(words.standing(seat, raft.words)).toBe('slow, not dead: 4.2 s');
    expect(words.slowSentence(silent)).toContain('its device still answers: slow, not dead');
    const asleep = { why: 'asleep', ms: 12_000 } as const;
    const sleeping = seatOf(0, { slow: asleep });
    expect(words.standing(sleeping, raft.words)).toBe('asleep, not dead: 12 s');
    expect(words.slowSentence(asleep)).toContain('said so 12 s ago');
  });

  it('keeps the role of a seat that is late, and never calls a crashed one slow', () => {
    const late = { why: 'late', ms: 1_240 } as const;
    expect(words.standing(seatOf(0, { slow: late }), raft.words)).toBe('follower, slow 1.2 s');
    const crashed = seatOf(0, { slow: late, condition: 'crashed' });
    expect(words.standing(crashed, raft.words)).toBe('crashed');
  });

  it('says how a tab runs, and that a slowed page is not a slowed replica', () => {
    const pace = { presence: 'visible', lagMs: 2, pageLagMs: 5, sleeps: 0, sleptMs: 0 } as const;
    expect(words.paceWords(pace)).toBe('in front, messages 2.0 ms late');
    const hidden = {
      ...pace,
      presence: 'hidden',
      pageLagMs: 760,
      sleeps: 1,
      sleptMs: 8_000,
    } as const;
    expect(words.paceWords(hidden)).toBe(
      'hidden, messages 2.0 ms late, its page’s timers 760 ms late (no replica waits for these), last stood still for 8.0 s',
    );
  });

  it('keeps the role of a frozen seat', () => {
    const frozen = seatOf(0, { condition: 'frozen', summary: leading });
    expect(words.standing(frozen, raft.words)).toBe('leader, frozen');
    expect(words.standing(frozen, pbft.words)).toBe('primary, frozen');
  });

  it('names a deposed leader that does not know it yet', () => {
    const old = seatOf(1, { summary: summaryOf({ role: 'leader', term: 2 }) });
    const seats = [old, seatOf(0, { summary: leading })];
    expect(words.leaderSentence(seats, raft.words)).toBe(
      'Ana leads term 3. Ben still believes to lead term 2.',
    );
    expect(words.leaderSentence(seats, pbft.words)).toBe(
      'Ana is the primary of view 3. Ben still believes to be the primary of view 2.',
    );
    expect(words.leaderSentence([seatOf(0)], raft.words)).toBe('No leader.');
  });

  it('tells a listener what the node shows', () => {
    const summary = summaryOf({ role: 'candidate', term: 4, votes: [seatOf(0).id], lastIndex: 7 });
    expect(words.seatSentence(seatOf(0, { mine: true, summary }), 3, raft)).toBe(
      'Ana (you), candidate, term 4, 1 vote, 3 needed, log to 7, committed to 0',
    );
  });

  it('tells a listener in the words of PBFT, with what the replica works on', () => {
    const none = { counted: [], early: [], late: [], conflicting: [] };
    const row = { n: 5, view: 0, digest: 'ab', text: 'put x=1', prePrepared: true };
    const slot = { ...row, prepares: { ...none, counted: [1] }, commits: none, executed: false };
    const summary = summaryOf({
      term: 0,
      lastIndex: 5,
      commitIndex: 4,
      configuration: { voters: [0, 1, 2, 3].map(idOf), votersOld: [], learners: [] },
      slots: { quorum: 3, weakQuorum: 2, rows: [slot] },
    });
    expect(words.seatSentence(seatOf(1, { summary }), 3, pbft)).toBe(
      'Ben, backup, view 0, slot 5: prepares 2 of 3, one more, slots to 5, executed to 4',
    );
  });

  it('shortens names to what fits a small node', () => {
    expect(words.initials('Ana')).toBe('An');
    expect(words.initials('Eva-Maria Lindqvist')).toBe('EL');
    expect(words.initials('李小龙')).toBe('李小');
  });
});

it('puts faults into words, and nothing where there is none', () => {
  expect(words.faultWords(faultOf(1))).toBe('');
  const fault = faultOf(1, { cut: 'out', delayMs: 200, jitterMs: 50, loss: 0.05 });
  expect(words.faultWords(fault)).toBe('sends nothing, 200 ± 50 ms late, loses 5 %');
});

it('gives each of six terms in a row its own colour, and none to what nobody leads', () => {
  const colours = [1, 2, 3, 4, 5, 6].map((term) => eraColour(term, 1));
  expect(new Set(colours).size).toBe(6);
  expect(eraColour(7, 1)).toBe(eraColour(1, 1));
  expect(colours).not.toContain(eraColour(0, 1));
  expect(eraColour(0, 0)).toBe(eraColour(1, 1));
  expect(colours).not.toContain(eraColour(null, 0));
});
