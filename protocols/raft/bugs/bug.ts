/** How a mistake is planted: the honest protocol, with a rule or two of `rules.ts` replaced. */
import type { Bug } from '../../core/laboratory.ts';
import { compacting } from '../compacting.ts';
import type { RaftMessage } from '../messages.ts';
import type { RaftNote } from '../notes.ts';
import { createReplica } from '../replica.ts';
import * as honest from '../rules.ts';
import type { RaftState } from '../state.ts';

export type RaftBug = Bug<RaftMessage, RaftState, RaftNote>;

/** @param scripts schedules that lead straight to it, for what chance finds too late */
export function bug(
  description: Omit<RaftBug, 'create' | 'scripts'>,
  replaced: Partial<honest.Rules>,
  scripts: RaftBug['scripts'] = [],
): RaftBug {
  const rules = { ...honest, ...replaced };
  return {
    ...description,
    create: (context, snapshots) => createReplica(context, compacting(rules, snapshots)),
    scripts,
  };
}
