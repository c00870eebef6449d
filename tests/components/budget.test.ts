import { expect, it } from 'vitest';
import { lyingOf, spendingOf } from '#lib/components/budget.ts';
import { idOf, seatOf } from './fixtures.ts';

const seats = [0, 1, 2, 3].map((n) => seatOf(n));
const budgetOf = (f: number, ...declared: { name: string; id: number; what: string }[]) => ({
  f,
  declared: declared.map(({ id, ...rest }) => ({ id: idOf(id), ...rest })),
  text: '',
  warning: '',
});
const dan = { name: 'Dan', id: 3, what: 'lies (PB1)' };

it('counts who lies by their own word and who is away, nobody twice', () => {
  expect(spendingOf(budgetOf(1), seats, 'PBFT')).toMatchObject({
    spent: [],
    text: 'f = 1: none spent',
  });
  const away = seats.with(3, seatOf(3, { condition: 'crashed' }));
  expect(spendingOf(budgetOf(1, dan), away, 'PBFT')).toMatchObject({
    spent: ['declared'],
    isPast: false,
    text: 'f = 1: 1 spent (Dan lies (PB1), as declared)',
  });
});

it('counts as lying who says so and is heard', () => {
  const away = seats.with(3, seatOf(3, { condition: 'crashed' }));
  expect([lyingOf(budgetOf(1, dan), seats), lyingOf(budgetOf(1, dan), away)]).toEqual([1, 0]);
  expect(lyingOf(null, seats)).toBe(0);
});

it('says past f that the assumption is broken, and not the protocol', () => {
  const away = seats.with(2, seatOf(2, { stale: true }));
  const spending = spendingOf(budgetOf(1, dan), away, 'PBFT');
  expect(spending.spent).toEqual(['declared', 'away']);
  expect(spending.isPast).toBe(true);
  expect(spending.text).toBe(
    'f = 1: 2 spent (Dan lies (PB1), as declared and Cleo is away). Past what PBFT tolerates: what breaks now is no bug',
  );
});
