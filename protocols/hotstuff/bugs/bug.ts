/** How a mistake is planted: the honest protocol, with a rule or two replaced, or with some of its effects left out. */
import type { Bug } from '../../core/laboratory.ts';
import type { Replica } from '../../core/replica.ts';
import * as honest from '../chained/rules.ts';
import type { HotStuffMessage } from '../messages.ts';
import type { HotStuffNote } from '../notes.ts';
import { createReplica } from '../replica.ts';
import type { Rules, SharedRules } from '../rules.ts';
import { checkpointing } from '../setting.ts';
import type { HotStuffEffect, HotStuffState } from '../state.ts';

export type HotStuffBug = Bug<HotStuffMessage, HotStuffState, HotStuffNote>;
type Described = Omit<HotStuffBug, 'create' | 'scripts'>;

/** @param scripts schedules that lead straight to it, for what chance finds too late or only a liar can exploit */
export function bug(
  description: Described,
  replaced: Partial<Rules>,
  scripts: HotStuffBug['scripts'] = [],
): HotStuffBug {
  return {
    ...description,
    create: (context, snapshots) =>
      createReplica(context, { ...honest, ...replaced }, checkpointing(snapshots)),
    scripts,
  };
}

/** Each effect of the honest protocol as the mistake makes it; `null`: left out. */
export function slip(
  description: Described,
  change: (effect: HotStuffEffect) => HotStuffEffect | null,
  scripts: HotStuffBug['scripts'] = [],
): HotStuffBug {
  return {
    ...description,
    create: (context, snapshots) =>
      changed(createReplica(context, honest, checkpointing(snapshots)), change),
    scripts,
  };
}

type HotStuffReplica = Replica<HotStuffMessage, HotStuffState, HotStuffNote>;

function changed(
  replica: HotStuffReplica,
  change: (effect: HotStuffEffect) => HotStuffEffect | null,
): HotStuffReplica {
  const step: typeof replica.step = (event) =>
    replica.step(event).flatMap((effect) => change(effect) ?? []);
  return { state: replica.state, step };
}

/** Rules that take these for proof, also where a proposal shows them (C8). */
export function believing(
  proof: Partial<Pick<SharedRules, 'isCertificate' | 'viewEndedBy'>>,
): Partial<Rules> {
  const { isCertificate, viewEndedBy } = { ...honest, ...proof };
  return {
    isCertificate,
    viewEndedBy,
    reasonToRefuseProposal(statement, found, shown, state) {
      const reason = honest.reasonToRefuseProposal(statement, found, shown, state);
      if (reason === null || reason === 'other-block') return reason;
      const { view, justify } = found.block;
      if (!isCertificate(justify, state.setting)) return 'no-certificate';
      if (justify.view === view - 1) return null;
      const { tc } = shown;
      const ended = tc && viewEndedBy(tc, justify, state.setting);
      return ended === view - 1 ? null : 'unproven-view';
    },
  };
}
