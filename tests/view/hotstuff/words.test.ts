import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { isRoutine, type HotStuffNote } from '#protocols/hotstuff/notes.ts';
import { protocolNames } from '#protocols/registry.ts';
import type { ShownEvent, TraceBatch } from '#lib/host/trace-wire.ts';
import { families, familyOf } from '#lib/view/families.ts';
import { markMessage } from '#lib/view/hotstuff/letters.ts';
import { createTell } from '#lib/view/hotstuff/tell.ts';
import { narrateHotStuff } from '#lib/view/hotstuff/words.ts';
import { idOf, summaryOf } from '../../components/fixtures.ts';

const voters = [0, 1, 2, 3].map(idOf);
const name = (id: ReplicaId) => ['Ana', 'Ben', 'Cleo', 'Dan'][voters.indexOf(id)] ?? '?';
const timeout = { type: 'timeout', timer: 'view', silentTicks: 2_100 } as const;

const say = (note: HotStuffNote): string | undefined =>
  narrateHotStuff(note, { who: 'Ben', name, cause: timeout, voters })?.text;

type Effects = ShownEvent<unknown>['effects'];
const noted = (note: HotStuffNote): Effects => [{ type: 'note', note }];
const proposing = (view: number, heavy: boolean): Effects => {
  const message = { name: 'PROPOSAL', term: view, shape: 'request', heavy } as const;
  return [{ type: 'send', to: voters, message }];
};

/** One step at `at` ms. */
function batch(effects: Effects, at = 0): TraceBatch<unknown> {
  const events = [{ number: 1, at, lamport: 9, clock: [], cause: timeout, effects, elided: 0 }];
  return { type: 'steps', cluster: '', incarnation: 1, summary: summaryOf(), events, sent: {} };
}

describe('a note in words that need no paper', () => {
  test('[C8] says why a block is refused', () => {
    const note = { note: 'proposalRefused', from: idOf(0), view: 7 } as const;
    expect(say({ ...note, reason: 'second-block' })).toBe(
      'Ben refuses Ana’s block of view 7: it proposed another one in that view before',
    );
    expect(say({ ...note, reason: 'unproven-view' })).toContain(
      'nothing shows that the view before has ended',
    );
  });

  test('[C3] says why a vote is withheld, and nothing of blocks that are merely late', () => {
    const note = { note: 'voteWithheld', from: idOf(3), view: 7 } as const;
    expect(say({ ...note, reason: 'locked' })).toContain('Ben does not vote for Dan’s block');
    expect(say({ ...note, reason: 'other-view' })).toBeUndefined();
  });

  test('says what a replica brings back from its disk', () => {
    expect(say({ note: 'recovered', view: 8, blocks: 12 })).toBe(
      'Ben is back from its disk in view 8 and with 12 blocks',
    );
    expect(say({ note: 'recovered', view: 1, blocks: 0 })).toBe('Ben starts with an empty disk');
  });
});

describe('views', () => {
  const teller = () => {
    const tell = createTell();
    return (from: number, effects: Effects, at = 0): string[] =>
      tell(idOf(from), batch(effects, at), name).map(({ text }) => text);
  };

  test('[C4] are told once: what was proposed, and that a quorum voted for it', () => {
    const texts = teller();
    expect(texts(0, proposing(5, true))).toEqual(['Ana proposes in view 5 a block of commands']);
    expect(texts(0, proposing(5, true))).toEqual([]);
    const certified = { note: 'certified', phase: 'generic', view: 5, block: '' } as const;
    expect(texts(1, noted(certified))).toEqual([
      'Ben counts the votes: a quorum voted for the block of view 5',
    ]);
    expect(texts(2, noted(certified))).toEqual([]);
    const entered = { note: 'viewEntered', view: 6, leader: idOf(2), by: 'certificate' } as const;
    expect(texts(1, noted(entered))).toEqual([]);
    expect(texts(2, proposing(6, false))[0]).toContain('Cleo proposes in view 6 an empty block');
  });

  test('[C20] [C21] name whom a replica gives up on, once however many do', () => {
    const texts = teller();
    const entered = { note: 'viewEntered', view: 6, leader: idOf(2), by: 'certificate' } as const;
    texts(1, noted(entered));
    expect(texts(1, noted({ note: 'timedOut', view: 6, reason: 'late' }))).toEqual([
      'Ben gives up view 6, which Cleo leads: nothing was certified for 2.1 s',
    ]);
    expect(texts(0, noted({ note: 'timedOut', view: 6, reason: 'others' }))).toEqual([]);
    const next = { note: 'viewEntered', view: 7, leader: idOf(3), by: 'timeouts' } as const;
    expect(texts(0, noted(next))).toEqual([
      'A quorum gave up view 6: view 7 begins, which Dan leads',
    ]);
    expect(texts(1, noted(next))).toEqual([]);
  });

  test('under load only some are told, and more once it is quiet again; what failed always is', () => {
    const texts = teller();
    const told = (views: readonly number[], at: number) =>
      views.flatMap((view) => texts(0, proposing(view, true), at)).length;
    expect(told([1, 2, 3, 4, 5, 6], 0)).toBe(4);
    expect(told([7, 8], 1_000)).toBe(0);
    expect(texts(0, noted({ note: 'timedOut', view: 8, reason: 'late' }), 1_100)).toHaveLength(1);
    expect(told([9], 4_000)).toBe(1);
  });
});

test('what comes with every block is routine, and nothing that goes wrong is', () => {
  const entered = { note: 'viewEntered', view: 6, leader: null } as const;
  expect(isRoutine({ ...entered, by: 'certificate' })).toBe(true);
  expect(isRoutine({ ...entered, by: 'timeouts' })).toBe(false);
  expect(isRoutine({ note: 'committed', view: 5, height: 5 })).toBe(true);
  expect(isRoutine({ note: 'timedOut', view: 5, reason: 'late' })).toBe(false);
});

test('messages have letters, and a colour only where a view is theirs', () => {
  const mark = (sent: string) =>
    markMessage({ name: sent, term: 3, shape: 'request', heavy: true });
  expect(mark('PROPOSAL')).toEqual({ letters: 'B', era: 3 });
  expect(mark('PRE-COMMIT')).toEqual({ letters: 'PC', era: 3 });
  expect(mark('NEW-VIEW')).toEqual({ letters: 'NV', era: 3 });
  expect(mark('FETCH')).toEqual({ letters: '', era: null });
});

test('people can choose every protocol, each in one place', () => {
  const names = families.flatMap(({ forms }) => forms.map(({ name }) => name));
  expect([...names].sort()).toEqual([...protocolNames].sort());
  expect(familyOf('jolteon').title).toBe('HotStuff');
});
