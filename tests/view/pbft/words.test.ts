import { describe, expect, test } from 'vitest';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ShownEvent, TraceBatch } from '#lib/host/trace-wire.ts';
import { markMessage } from '#lib/view/pbft/letters.ts';
import { pbftLexicon } from '#lib/view/pbft/lexicon.ts';
import { createTell } from '#lib/view/pbft/tell.ts';
import { narratePbft } from '#lib/view/pbft/words.ts';
import type { Scene } from '#lib/view/narration.ts';
import { raftLexicon } from '#lib/view/raft/lexicon.ts';
import { idOf } from '../../components/fixtures.ts';
import { counted, pbftSummary, slotOf } from './fixtures.ts';

const voters = [0, 1, 2, 3].map(idOf);
const name = (id: ReplicaId) => ['Ana', 'Ben', 'Cleo', 'Dan'][voters.indexOf(id)] ?? '?';
const timeout = { type: 'timeout', timer: 'request', silentTicks: 2_100 } as const;

function say(note: PbftNote, cause: Scene['cause'] = timeout): string | undefined {
  return narratePbft(note, { who: 'Ben', name, cause, voters })?.text;
}

describe('how large a room is, in words', () => {
  const text = (n: number) => pbftLexicon.size(n).text;
  const figures = (n: number) => pbftLexicon.size(n).figures.map(({ value }) => value);

  test('n = 4 and n = 7 are 3f + 1, and two quorums share an honest replica', () => {
    expect(figures(4)).toEqual([4, 1, 3]);
    expect(text(4)).toContain('n = 4 tolerates f = 1: any one replica may crash');
    expect(text(4)).toContain('any two groups of 3 share 2 replicas');
    expect(figures(7)).toEqual([7, 2, 5]);
    expect(text(7)).toContain('n = 7 tolerates f = 2: any 2 replicas may crash');
    expect(text(7)).toContain('any two groups of 5 share 3 replicas');
  });

  test('seats beyond 3f + 1 are only comfort', () => {
    expect(figures(5)).toEqual([5, 1, 4]);
    expect(text(5)).toBe(
      'n = 5 tolerates f = 1, like n = 4: the fifth seat adds nothing but an observer’s comfort. 4 must agree; f = 2 needs 7 seats.',
    );
    expect(text(6)).toContain('the last two seats add nothing');
    expect(text(8)).toContain('like n = 7: the eighth seat adds nothing');
  });

  test('fewer than four tolerate nothing', () => {
    expect(text(3)).toContain('n = 3 tolerates no fault. One more seat is needed');
    expect(text(1)).toContain('3 more seats are needed');
  });

  test('Raft counts crashes, and says that it tolerates no lie', () => {
    expect(raftLexicon.size(5).text).toBe(
      'n = 5 tolerates 2 crashes: a majority of 3 goes on. Lies tolerated: none.',
    );
    expect(raftLexicon.size(4).text).toContain('The last seat adds none: 3 seats bear as many');
    expect(raftLexicon.size(1).text).toContain('no crash is tolerated');
  });
});

describe('a note in words that need no paper', () => {
  test('[P14] names whom it no longer waits for, for how long, and who is to lead', () => {
    const note = { note: 'viewChangeStarted', view: 1, reason: 'request-late' } as const;
    expect(say(note)).toBe(
      'Ben no longer waits for Ana, with whom a command got nowhere for 2.1 s: asks for view 1, with Ben as its primary',
    );
  });

  test('[P19] [P20] gives up on a view that does not begin, or follows those who do', () => {
    const note = { note: 'viewChangeStarted', view: 4 } as const;
    expect(say({ ...note, reason: 'new-view-late' })).toContain(
      'no longer waits for Dan, who did not begin view 3',
    );
    expect(say({ ...note, reason: 'others-move' })).toBe(
      'Ben asks for view 4, with Ana as its primary, too: so many do that one of them must be honest',
    );
  });

  test('[PS4] says what a liar did, and nothing of votes that are merely late', () => {
    const note = { note: 'prePrepareRefused', from: idOf(0), view: 0, n: 7 } as const;
    expect(say({ ...note, reason: 'second-digest' })).toBe(
      'Ben refuses Ana’s proposal for slot 7: it proposed something else for that slot before',
    );
    expect(say({ ...note, reason: 'other-view' })).toBeUndefined();
  });
});

describe('proposals and quorums', () => {
  const batch = (rows: Parameters<typeof pbftSummary>[0], at = 0): TraceBatch<unknown> => {
    const events = [
      { number: 1, at, lamport: 9, clock: [], cause: timeout, effects: [], elided: 0 },
    ] satisfies ShownEvent<unknown>[];
    const summary = pbftSummary(rows);
    return { type: 'steps', cluster: '', incarnation: 1, summary, events, sent: {} };
  };

  test('are told once each: the proposal by its primary, the quorum by who has it first', () => {
    const tell = createTell();
    const texts = (from: number, rows: Parameters<typeof pbftSummary>[0]) =>
      tell(idOf(from), batch(rows), name).map(({ text }) => text);
    expect(texts(0, [slotOf()])).toEqual(['Ana proposes “put x=1” for slot 5']);
    expect(texts(0, [slotOf()])).toEqual([]);
    expect(texts(1, [slotOf({ prepares: counted(1) })])).toEqual([]);
    const prepared = slotOf({ prepares: counted(1, 2) });
    expect(texts(2, [prepared])).toEqual([
      '3 replicas agree on slot 5: it is prepared, and they tell each other so',
    ]);
    expect(texts(1, [prepared])).toEqual([]);
    expect(texts(2, [slotOf({ view: 2, text: '' })])).toEqual([
      'Cleo proposes that nothing stands in slot 5, in view 2',
    ]);
  });

  test('under load only some are told, and more once it is quiet again', () => {
    const tell = createTell();
    const rows = [1, 2, 3, 4, 5, 6].map((n) => slotOf({ n }));
    expect(tell(idOf(0), batch(rows, 0), name)).toHaveLength(3);
    const later = [slotOf({ n: 7 })];
    expect(tell(idOf(0), batch(later, 1_000), name)).toHaveLength(0);
    expect(tell(idOf(0), batch([slotOf({ n: 8 })], 4_000), name)).toHaveLength(1);
    expect(tell(idOf(1), batch([slotOf({ n: 6, prepares: counted(1, 2) })]), name)).toEqual([]);
  });
});

test('messages have the letters of the paper, and a colour only where a view is theirs', () => {
  const message = (sent: string) =>
    markMessage({ name: sent, term: 3, shape: 'request', heavy: true });
  expect(message('PRE-PREPARE')).toEqual({ letters: 'PP', era: 3 });
  expect(message('PREPARE')).toEqual({ letters: 'P', era: 3 });
  expect(message('COMMIT')).toEqual({ letters: 'C', era: 3 });
  expect(message('CHECKPOINT')).toEqual({ letters: 'CP', era: null });
  expect(message('REQUEST')).toEqual({ letters: '', era: null });
});
