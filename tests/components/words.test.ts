import { describe, expect, it } from 'vitest';
import { termColour } from '#lib/components/colours.ts';
import * as words from '#lib/components/words.ts';
import type { RoomHeader } from '#lib/view/types.ts';
import { faultOf, seatOf, summaryOf } from './fixtures.ts';

const vitals = (voters: number, alive: number, quorum: number) =>
  ({ voters, learners: 0, alive, quorum }) as RoomHeader;

describe('numbers in words', () => {
  it('says what a size tolerates', () => {
    expect(words.quorumSentence(5, 3)).toBe('5 seats: 3 needed, 2 may fail');
    expect(words.quorumSentence(1, 1)).toBe('1 seat: 1 needed, none may fail');
  });

  it('says how far the room is from standing still', () => {
    expect(words.vitalsSentence(vitals(5, 4, 3))).toBe('5 seats, 4 heard, 3 needed');
    const learning = { ...vitals(5, 4, 3), learners: 1 };
    expect(words.vitalsSentence(learning)).toBe('5 seats and 1 learner, 4 heard, 3 needed');
    expect(words.outlook(vitals(5, 4, 3))).toEqual({ tone: 'ok', text: '1 more may fail' });
    expect(words.outlook(vitals(5, 3, 3)).tone).toBe('unknown');
    expect(words.outlook(vitals(5, 1, 3))).toEqual({
      tone: 'fail',
      text: 'cannot commit: 2 more must be heard',
    });
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
    expect(words.standing(crashed)).toBe('crashed');
    expect(words.isLeading(crashed)).toBe(false);
  });

  it('says that a seat is stale rather than what it was', () => {
    expect(words.standing(seatOf(0, { stale: true, heardAgoMs: 12_400 }))).toBe('stale 12 s');
  });

  it('keeps the role of a frozen seat', () => {
    expect(words.standing(seatOf(0, { condition: 'frozen', summary: leading }))).toBe(
      'leader, frozen',
    );
  });

  it('names a deposed leader that does not know it yet', () => {
    const old = seatOf(1, { summary: summaryOf({ role: 'leader', term: 2 }) });
    const seats = [old, seatOf(0, { summary: leading })];
    expect(words.leaderSentence(seats)).toBe(
      'Ana leads term 3. Ben still believes to lead term 2.',
    );
    expect(words.leaderSentence([seatOf(0)])).toBe('No leader.');
  });

  it('tells a listener what the node shows', () => {
    const summary = summaryOf({ role: 'candidate', term: 4, votes: [seatOf(0).id], lastIndex: 7 });
    expect(words.seatSentence(seatOf(0, { mine: true, summary }), 3)).toBe(
      'Ana (you), candidate, term 4, 1 vote, 3 needed, log to 7, committed to 0',
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

it('gives each of six terms in a row its own colour, and term 0 none', () => {
  const colours = [1, 2, 3, 4, 5, 6].map(termColour);
  expect(new Set(colours).size).toBe(6);
  expect(termColour(7)).toBe(termColour(1));
  expect(colours).not.toContain(termColour(0));
});
