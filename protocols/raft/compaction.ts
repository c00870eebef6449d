/** A replica's own snapshots: taken of what is applied, in place of the log's beginning, and read back at a start. */
import { compactTo, termAt } from './log.ts';
import { placedAt } from './configuration.ts';
import { snapshotWrites } from './durable.ts';
import { parseCheckpoint, type Snapshot } from './snapshot.ts';
import type { Raft } from './state.ts';

/** §7: "the entire current system state is written to a snapshot …, then the entire log up to that point is discarded". */
export function compactIfDue(raft: Raft): void {
  const { state, rules, context, effects } = raft;
  const { log, lastApplied } = state;
  if (state.role.name === 'stopped' || !rules.isSnapshotDue(state)) return;
  const lastIncludedTerm = termAt(log, lastApplied);
  if (lastIncludedTerm === undefined) throw new Error(`applied entry ${lastApplied} is missing`);
  const snapshot: Snapshot = {
    lastIncludedIndex: lastApplied,
    lastIncludedTerm,
    configuration: placedAt(log.configurations, lastApplied).configuration,
    data: JSON.stringify(context.service.checkpoint()),
  };
  const from = log.baseIndex + 1;
  compactTo(log, rules.baseAfterSnapshot(log, lastApplied));
  const { baseIndex, baseTerm } = log;
  const base = { index: baseIndex, term: baseTerm };
  state.snapshot = snapshot;
  effects.push({
    type: 'persist',
    writes: snapshotWrites(snapshot, { base, from, to: baseIndex }),
  });
  const note = { note: 'compacted', lastIncludedIndex: lastApplied, baseIndex } as const;
  effects.push({ type: 'note', note });
}

/** Takes over `snapshot`: everything up to it counts as executed. `false` if no replica can have written it. */
export function restore(raft: Raft, snapshot: Snapshot): boolean {
  const { state, context, effects } = raft;
  const checkpoint = parseCheckpoint(snapshot.data);
  if (!checkpoint) return false;
  const { lastIncludedIndex: index } = snapshot;
  const wasStopped = context.service.stopped;
  context.service.resume(checkpoint);
  state.snapshot = snapshot;
  state.commitIndex = index;
  state.lastApplied = index;
  effects.push({ type: 'restore', index });
  if (checkpoint.stoppedAt !== null && !wasStopped) {
    const digest = context.service.digest();
    const note = { note: 'epochEnded', index: checkpoint.stoppedAt, digest } as const;
    effects.push({ type: 'note', note });
  }
  return true;
}
