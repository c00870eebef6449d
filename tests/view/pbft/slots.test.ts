import { describe, expect, test } from 'vitest';
import type { SlotSummary } from '#protocols/core/protocol.ts';
import { matrixOf, progressOf } from '#lib/view/pbft/slots.ts';
import { tallyOf } from '#lib/view/tallies.ts';
import { seatOf } from '../../components/fixtures.ts';
import { counted, none, pbftSummary, slotOf } from './fixtures.ts';

const seats = [0, 1, 2, 3].map((n) => seatOf(n, { mine: n === 1 }));
const matrix = (slot: SlotSummary) => matrixOf(slot, pbftSummary([slot]), seats);
const marks = (slot: SlotSummary) =>
  matrix(slot).rows.map(({ marks: m }) => `${m.prePrepare} ${m.prepare} ${m.commit}`);

describe('the matrix of a slot', () => {
  test('[P6] [P7] has a row for each sender; the pre-prepare stands for the prepare of its primary', () => {
    const slot = slotOf({ prepares: counted(1, 2), commits: counted(1) });
    expect(marks(slot)).toEqual([
      'counted implied none',
      'none counted counted',
      'none counted none',
      'none none none',
    ]);
    expect(matrix(slot).rows.map(({ name }) => name)).toEqual(['Ana', 'Ben', 'Cleo', 'Dan']);
    expect(matrix(slot).rows.findIndex(({ primary }) => primary)).toBe(0);
    expect(matrix(slot).rows.findIndex(({ mine }) => mine)).toBe(1);
  });

  test('the primary is that of the view in which the slot was proposed', () => {
    const rows = matrix(slotOf({ view: 6 })).rows;
    expect(rows.findIndex(({ primary }) => primary)).toBe(2);
    expect(rows[2]?.marks.prePrepare).toBe('counted');
  });

  test('tells what only came from what counts and from what conflicts', () => {
    const slot = slotOf({
      prepares: { ...none, counted: [1], early: [2], conflicting: [3] },
      commits: { ...none, late: [2], conflicting: [0] },
    });
    expect(marks(slot)).toEqual([
      'counted implied conflicting',
      'none counted none',
      'none early late',
      'none conflicting none',
    ]);
  });

  test('[P9] votes without a proposal are no progress, not even the primary’s', () => {
    const slot = slotOf({ prePrepared: false, digest: '', commits: { ...none, early: [0, 2, 3] } });
    expect(matrix(slot).stage).toBe('unknown');
    expect(marks(slot)[0]).toBe('none none early');
    expect(matrix(slot).tallies.prepare).toMatchObject({ have: 0, text: '0 of 3, three more' });
  });
});

describe('what a slot still needs', () => {
  const steps: readonly (readonly [SlotSummary, string, string])[] = [
    [slotOf(), 'proposed', 'heard the same: 1 of 3, two more'],
    [slotOf({ prepares: counted(1) }), 'proposed', '2 of 3, one more'],
    [slotOf({ prepares: counted(1, 2) }), 'prepared', 'Prepared: 3 replicas agree'],
    [slotOf({ prepares: counted(1, 2), commits: counted(1, 2) }), 'prepared', '2 of 3, one more'],
    [slotOf({ prepares: counted(1, 2), commits: counted(0, 1, 2) }), 'committed', 'Committed'],
    // Commits alone decide nothing while the slot is not prepared.
    [slotOf({ commits: counted(0, 1, 2) }), 'proposed', '1 of 3, two more'],
    [slotOf({ prepares: counted(1, 2), tentative: true }), 'prepared', 'Executed tentatively'],
    [slotOf({ executed: true }), 'executed', 'no view change can take it back'],
  ];
  test.each(steps)('[P7] [P9] [P10] %#: %2$s', (slot, stage, words) => {
    expect(matrix(slot).stage).toBe(stage);
    expect(matrix(slot).text).toContain(words);
  });

  test('is counted in words, and what is over needs no more', () => {
    expect(tallyOf(2, 3).text).toBe('2 of 3, one more');
    expect(tallyOf(3, 3).text).toBe('3 of 3');
    expect(tallyOf(4, 3).text).toBe('4, 3 needed');
    expect(tallyOf(0, 3, true).text).toBe('0 of 3');
  });

  test('stands under a node for the oldest slot that is not executed', () => {
    const rows = [
      slotOf({ n: 4, executed: true }),
      slotOf({ n: 5, prepares: counted(1, 2), commits: counted(1) }),
      slotOf({ n: 6 }),
    ];
    expect(progressOf(pbftSummary(rows))).toEqual({
      brief: 'C 1 of 3',
      text: 'slot 5: commits 1 of 3, two more',
    });
    expect(progressOf(pbftSummary(rows.slice(2)))?.brief).toBe('P 1 of 3');
    expect(progressOf(pbftSummary(rows.slice(0, 1)))).toBeNull();
    expect(progressOf(pbftSummary(rows, { role: 'candidate' }))).toBeNull();
  });
});
