/** What is left of the faults that a protocol tolerates, by what people declare and by who is not heard. */
import type { BudgetView } from '../view/conduct-types.ts';
import { isAlive } from '../view/pictures.ts';
import type { SeatView } from '../view/types.ts';
import { list } from './words.ts';

export interface Spending {
  readonly f: number;
  /** One for each replica that spends a fault: it lies or lost its memory, or it is not there. */
  readonly spent: readonly ('declared' | 'away')[];
  /** More than f: nothing is promised any more. */
  readonly isPast: boolean;
  readonly text: string;
}

export function spendingOf(
  { f, declared }: BudgetView,
  seats: readonly SeatView[],
  title: string,
): Spending {
  const declaredIds = declared.map(({ id }) => id);
  const away = seats.filter(
    (seat) => seat.membership === 'voter' && !isAlive(seat) && !declaredIds.includes(seat.id),
  );
  const who = [
    ...declared.map(({ name, what }) => `${name} ${what}, as declared`),
    ...away.map(({ name }) => `${name} is away`),
  ];
  const spent = [...declared.map(() => 'declared' as const), ...away.map(() => 'away' as const)];
  const isPast = spent.length > f;
  const faults = who.length === 0 ? 'none spent' : `${who.length} spent (${list(who, 4)})`;
  const end = isPast ? `. Past what ${title} tolerates: what breaks now is no bug` : '';
  return { f, spent, isPast, text: `f = ${f}: ${faults}${end}` };
}

/** How many declare that they lie and are heard: they count against f while all seem to be there. */
export function lyingOf(budget: BudgetView | null, seats: readonly SeatView[]): number {
  const heard = seats.filter((seat) => isAlive(seat)).map(({ id }) => id);
  return (budget?.declared ?? []).filter(({ id }) => heard.includes(id)).length;
}
