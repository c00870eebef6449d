/** Slots and summaries of PBFT, as replicas show them. */
import type { ReplicaSummary, SlotSummary, VotesSummary } from '#protocols/core/protocol.ts';
import { idOf, summaryOf } from '../../components/fixtures.ts';

export const none: VotesSummary = { counted: [], early: [], late: [], conflicting: [] };

export const counted = (...places: number[]): VotesSummary => ({ ...none, counted: places });

/** Slot 5 of view 0, proposed and no more. */
export function slotOf(over: Partial<SlotSummary> = {}): SlotSummary {
  return {
    n: 5,
    view: 0,
    digest: '3fa2b81c',
    text: 'put x=1',
    prePrepared: true,
    prepares: none,
    commits: none,
    executed: false,
    ...over,
  };
}

/** Of four replicas. */
export function pbftSummary(
  rows: readonly SlotSummary[],
  over: Partial<ReplicaSummary> = {},
): ReplicaSummary {
  return summaryOf({
    term: 0,
    configuration: { voters: [0, 1, 2, 3].map(idOf), votersOld: [], learners: [] },
    slots: { quorum: 3, weakQuorum: 2, rows },
    ...over,
  });
}
