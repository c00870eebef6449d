/** What the protocol's own documents claim to be tested is tested, under the title they name, and every mistake is listed. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bugs } from '#protocols/raft/bugs.ts';

const folder = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');
const readme = read('protocols/raft/README.md');
const paper = read('protocols/raft/PAPER.md');

/** Where titles stand: tests, and the schedules whose titles are those of tests. */
const titles = ['tests/', 'protocols/raft/bugs/']
  .flatMap((area) =>
    readdirSync(new URL(area, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && name !== 'protocols/raft/documents.test.ts')
      .map((name) => read(area + name)),
  )
  .join('\n');

/** The last cells of the rows of `text`, in all of its tables. */
function lastCells(text: string): string[] {
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.map((row) => row.split(' | ').at(-1) ?? '');
}

/** What stands between backquotes and reads like the title of a test. */
function titlesIn(cells: readonly string[]): string[] {
  const quoted = cells.flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, title]) => title),
  );
  return quoted.filter((title) => title !== undefined).filter((title) => title.includes(' '));
}

test.each([
  ['PAPER.md', lastCells(paper), 60],
  ['scenarios', lastCells(between(readme, '## Scenarios', '## Classic mistakes')), 40],
  ['classic mistakes', lastCells(between(readme, '## Classic mistakes', '## Invariants')), 1],
] as const)('every test named in %s exists', (_where, cells, least) => {
  const named = titlesIn(cells);
  expect(named.length).toBeGreaterThanOrEqual(least);
  expect(named.filter((title) => !titles.includes(title))).toEqual([]);
});

test('every scenario of the list is ticked with a test', () => {
  const rows = between(readme, '## Scenarios', '## Classic mistakes').split('\n');
  const ticked = rows.flatMap((row) => /^\| ✓ RS(\d+) \|.*`/.exec(row)?.[1] ?? []).map(Number);
  const gaps = [5, 15, 16, 29];
  const all = Array.from({ length: 41 }, (_, i) => i + 1).filter((i) => !gaps.includes(i));
  expect(ticked).toEqual(all);
});

test('the table of classic mistakes names every planted bug once, and no other', () => {
  const named = lastCells(between(readme, '## Classic mistakes', '## Invariants'))
    .flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name))
    .sort();
  expect(named).toEqual(bugs.map(({ name }) => name).sort());
});

function between(text: string, from: string, to: string): string {
  return text.slice(text.indexOf(from), text.indexOf(to));
}
