/** Seats for the tests of what components compute. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { EntrySummary, ReplicaSummary } from '#protocols/core/protocol.ts';
import type { LinkFaultView, SeatView } from '#lib/view/types.ts';

export const idOf = (n: number) => n.toString(16).padStart(32, '0') as MemberId;

export function summaryOf(over: Partial<ReplicaSummary> = {}): ReplicaSummary {
  return {
    role: 'follower',
    term: 1,
    leader: null,
    votedFor: null,
    votes: [],
    commitIndex: 0,
    lastIndex: 0,
    log: [],
    match: {},
    snapshotIndex: 0,
    configuration: { voters: [], votersOld: [], learners: [] },
    assumptionBroken: null,
    ...over,
  };
}

export function seatOf(n: number, over: Partial<SeatView> = {}): SeatView {
  return {
    id: idOf(n),
    name: ['Ana', 'Ben', 'Cleo', 'Dan'][n] ?? `Seat ${n}`,
    index: n,
    membership: 'voter',
    mine: false,
    condition: 'running',
    stale: false,
    heardAgoMs: 100,
    slow: null,
    pace: null,
    summary: summaryOf(),
    timer: null,
    link: null,
    faults: [],
    ...over,
  };
}

export function faultOf(peer: number, over: Partial<LinkFaultView> = {}): LinkFaultView {
  const none = { cut: null, delayMs: 0, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 };
  return { peer: idOf(peer), ...none, ...over };
}

export const entryOf = (index: number, term: number): EntrySummary => ({
  index,
  term,
  kind: 'command',
  text: `put x=${index}`,
});
