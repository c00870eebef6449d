/** Slots as a screen draws and says them: who said what, what counts, and how much is missing. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaSummary, SlotSummary, VotesSummary } from '#protocols/core/protocol.ts';
import type { Progress } from '../protocol-screen.ts';
import { tallyOf, type Tally } from '../tallies.ts';
import type { SeatView } from '../types.ts';

export type Phase = 'prePrepare' | 'prepare' | 'commit';

/** `none`: nothing was received. `late`: it came when enough had come. `implied`: the primary's pre-prepare stands for its prepare. */
export type Mark = 'none' | 'early' | 'late' | 'counted' | 'implied' | 'conflicting';

export const markWords: Readonly<Record<Mark, string>> = {
  none: 'nothing yet',
  early: 'received',
  late: 'not needed',
  counted: 'counted',
  implied: 'PP counts',
  conflicting: 'conflicting',
};

export interface MatrixRow {
  readonly id: ReplicaId;
  readonly name: string;
  readonly mine: boolean;
  /** Of the slot's view. */
  readonly primary: boolean;
  readonly marks: Readonly<Record<Phase, Mark>>;
}

export interface Matrix {
  readonly rows: readonly MatrixRow[];
  readonly tallies: Readonly<Record<Phase, Tally>>;
  readonly stage: Stage;
  /** `Prepared: 3 of 3 agree. Commits: 1 of 3, two more.` */
  readonly text: string;
}

export type Stage = 'unknown' | 'proposed' | 'prepared' | 'committed' | 'executed';

/** What `summary` holds of `slot`, by sender and phase. `seats` must be those of the same epoch. */
export function matrixOf(
  slot: SlotSummary,
  { slots, configuration }: ReplicaSummary,
  seats: readonly SeatView[],
): Matrix {
  const quorum = slots?.quorum ?? 0;
  const { voters } = configuration;
  const primary = slot.view % Math.max(1, voters.length);
  const seatOf = new Map(seats.map((seat) => [seat.id, seat]));
  const rows = voters.map((id, place): MatrixRow => {
    const seat = seatOf.get(id);
    const prepare = markOf(slot.prepares, place);
    const leads = place === primary;
    return {
      id,
      name: seat?.name ?? '?',
      mine: seat?.mine ?? false,
      primary: leads,
      marks: {
        prePrepare: leads && slot.prePrepared ? 'counted' : 'none',
        prepare: leads && slot.prePrepared && prepare === 'none' ? 'implied' : prepare,
        commit: markOf(slot.commits, place),
      },
    };
  });
  const tallies = talliesOf(slot, quorum);
  const stage = stageOf(slot, tallies);
  const ahead = slot.tentative ? ' Executed tentatively: a view change takes that back.' : '';
  return { rows, tallies, stage, text: sentences[stage](tallies) + ahead };
}

function markOf({ counted, early, late, conflicting }: VotesSummary, place: number): Mark {
  if (counted.includes(place)) return 'counted';
  if (conflicting.includes(place)) return 'conflicting';
  if (early.includes(place)) return 'early';
  return late.includes(place) ? 'late' : 'none';
}

function talliesOf(slot: SlotSummary, quorum: number): Matrix['tallies'] {
  const proposed = slot.prePrepared ? 1 : 0;
  return {
    prePrepare: tallyOf(proposed, 1, slot.executed),
    prepare: tallyOf(slot.prepares.counted.length + proposed, quorum, slot.executed),
    commit: tallyOf(slot.commits.counted.length, quorum, slot.executed),
  };
}

function stageOf(slot: SlotSummary, { prepare, commit }: Matrix['tallies']): Stage {
  if (slot.executed) return 'executed';
  if (!slot.prePrepared) return commit.have >= commit.needed ? 'committed' : 'unknown';
  if (prepare.have < prepare.needed) return 'proposed';
  return commit.have < commit.needed ? 'prepared' : 'committed';
}

const sentences: Readonly<Record<Stage, (tallies: Matrix['tallies']) => string>> = {
  unknown: () => 'Votes came before the proposal: they wait until it is here.',
  proposed: ({ prepare }) => `Proposed. Prepared once a quorum heard the same: ${prepare.text}.`,
  prepared: ({ prepare, commit }) =>
    `Prepared: ${prepare.have} replicas agree on what stands here. Committed once a quorum knows that: ${commit.text}.`,
  committed: ({ commit }) =>
    `Committed: ${commit.have} replicas know that. Executed once every slot below is.`,
  executed: () => 'Executed: no view change can take it back.',
};

/** The oldest slot that the replica knows of and has not executed. */
export function progressOf(summary: ReplicaSummary): Progress | null {
  const { slots, role } = summary;
  const open = role === 'candidate' ? undefined : slots?.rows.find(({ executed }) => !executed);
  if (!slots || !open) return null;
  const tallies = talliesOf(open, slots.quorum);
  const stage = stageOf(open, tallies);
  if (stage === 'proposed') return said('P', 'prepares', open.n, tallies.prepare);
  if (stage === 'prepared') return said('C', 'commits', open.n, tallies.commit);
  return null;
}

function said(letters: string, votes: string, n: number, { have, needed, text }: Tally): Progress {
  return { brief: `${letters} ${have} of ${needed}`, text: `slot ${n}: ${votes} ${text}` };
}
