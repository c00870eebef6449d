/** The rows of the log table, from the newest entries that each replica shows. */
import type { EntrySummary } from '#protocols/core/protocol.ts';
import type { SeatView } from '../view/types.ts';

export type LogCell =
  | { readonly kind: 'entry'; readonly entry: EntrySummary; readonly committed: boolean }
  /** The replica holds it, but its summary no longer shows it. */
  | { readonly kind: 'older'; readonly committed: boolean }
  | { readonly kind: 'none' };

export interface LogRow {
  readonly index: number;
  /** One cell for each seat, in the order of the seats. */
  readonly cells: readonly LogCell[];
}

const none: LogCell = { kind: 'none' };

/** At most `rowsMax` rows, oldest first: the end of the longest log. */
export function logRows(seats: readonly SeatView[], rowsMax: number): readonly LogRow[] {
  const last = Math.max(0, ...seats.map((seat) => seat.summary?.lastIndex ?? 0));
  const first = Math.max(1, last - rowsMax + 1);
  const entries = seats.map(
    (seat) => new Map((seat.summary?.log ?? []).map((entry) => [entry.index, entry])),
  );
  return Array.from({ length: last - first + 1 }, (_, row): LogRow => {
    const index = first + row;
    return { index, cells: seats.map((seat, i) => cellOf(seat, entries[i]?.get(index), index)) };
  });
}

function cellOf(seat: SeatView, entry: EntrySummary | undefined, index: number): LogCell {
  if (seat.summary === null || index > seat.summary.lastIndex) return none;
  const committed = index <= seat.summary.commitIndex;
  return entry === undefined ? { kind: 'older', committed } : { kind: 'entry', entry, committed };
}
