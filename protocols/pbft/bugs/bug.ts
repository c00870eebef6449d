/** How a mistake is planted: the honest protocol, with a rule or two of `rules.ts` replaced. */
import type { Bug } from '../../core/laboratory.ts';
import type { ReplicaContext } from '../../core/protocol.ts';
import type { PbftMessage } from '../messages.ts';
import type { PbftNote } from '../notes.ts';
import { createReplica } from '../replica.ts';
import * as honest from '../rules.ts';
import { checkpointing } from '../setting.ts';
import type { PbftState } from '../state.ts';

export type PbftBug = Bug<PbftMessage, PbftState, PbftNote>;

/**
 * @param replaced the wrong rules, or what makes them for one replica
 * @param scripts schedules that lead straight to it, for what chance finds too late or only a liar can exploit
 */
export function bug(
  description: Omit<PbftBug, 'create' | 'scripts'>,
  replaced: Partial<honest.Rules> | ((context: ReplicaContext) => Partial<honest.Rules>),
  scripts: PbftBug['scripts'] = [],
): PbftBug {
  return {
    ...description,
    create: (context, snapshots) => {
      const wrong = typeof replaced === 'function' ? replaced(context) : replaced;
      return createReplica(context, { ...honest, ...wrong }, checkpointing(snapshots));
    },
    scripts,
  };
}
