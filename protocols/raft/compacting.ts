/** Snapshots as often as somebody asks for, so that short runs have many. */
import type { World } from '../core/schedule.ts';
import type { Rules } from './rules.ts';

/** `rules`, but a snapshot is taken after every `every` entries and leaves `kept` of them in the log. 0: `rules`. */
export function compacting(rules: Rules, { every, kept }: World['snapshots']): Rules {
  if (every === 0) return rules;
  return {
    ...rules,
    isSnapshotDue: ({ lastApplied, snapshot }) =>
      lastApplied - (snapshot?.lastIncludedIndex ?? 0) >= every,
    baseAfterSnapshot: (log, index) => Math.max(log.baseIndex, index - kept),
  };
}
