import { expect, it } from 'vitest';
import { logRows } from '#lib/components/logs.ts';
import { entryOf, seatOf, summaryOf } from './fixtures.ts';

const log = (...terms: number[]) => terms.map((term, i) => entryOf(i + 1, term));

it('gives a row to each index of the longest log and a cell to each replica', () => {
  const long = seatOf(0, {
    summary: summaryOf({ lastIndex: 3, commitIndex: 2, log: log(1, 1, 2) }),
  });
  const short = seatOf(1, { summary: summaryOf({ lastIndex: 1, commitIndex: 1, log: log(1) }) });
  const rows = logRows([long, short], 10);
  expect(rows.map((row) => row.index)).toEqual([1, 2, 3]);
  expect(rows[2]?.cells).toEqual([
    { kind: 'entry', entry: entryOf(3, 2), committed: false },
    { kind: 'none' },
  ]);
});

it('shows the end of a log that is longer than the table', () => {
  const seat = seatOf(0, { summary: summaryOf({ lastIndex: 40, log: [entryOf(40, 2)] }) });
  const rows = logRows([seat], 5);
  expect(rows.map((row) => row.index)).toEqual([36, 37, 38, 39, 40]);
});

it('tells an entry that is held but not shown from one that is not there', () => {
  const seat = seatOf(0, {
    summary: summaryOf({ lastIndex: 3, commitIndex: 2, log: [entryOf(3, 2)] }),
  });
  const cells = logRows([seat, seatOf(1, { summary: null })], 5).map((row) => row.cells);
  expect(cells[0]).toEqual([{ kind: 'older', committed: true }, { kind: 'none' }]);
});

it('has no row before the first entry', () => {
  expect(logRows([seatOf(0)], 5)).toEqual([]);
  expect(logRows([], 5)).toEqual([]);
});
