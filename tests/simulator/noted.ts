/** A script played, with what every replica noted while it ran. */
import type { TraceEvent } from '#lib/host/trace.ts';
import { runScript, type Outcome } from '#lib/simulator/run.ts';
import { replicaNumbered } from '#lib/simulator/simulation.ts';
import type { Step, World } from '#protocols/core/schedule.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import { laboratory, script } from './fixtures.ts';

export interface Noted {
  readonly at: number;
  /** The number of the machine. */
  readonly by: number;
  readonly note: RaftNote;
}

export function playNoted(
  steps: readonly Step[],
  until: number,
  world: Partial<World> = {},
): Outcome & { readonly notes: readonly Noted[] } {
  const notes: Noted[] = [];
  const trace = ({ at, replica, effects }: TraceEvent<unknown, unknown>): void => {
    const by = numbered.indexOf(replica);
    for (const effect of effects) {
      if (effect.type === 'note') notes.push({ at, by, note: effect.note as RaftNote });
    }
  };
  const ordered = [...steps].sort((a, b) => a.at - b.at);
  return { ...runScript({ laboratory, trace }, script(ordered, until, world)), notes };
}

const numbered = Array.from({ length: 16 }, (_, i) => replicaNumbered(i));
