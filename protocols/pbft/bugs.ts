/**
 * The classic mistakes (A.2.7): they show what each rule is good for, and that the checkers see it when it is missing.
 * Each is the honest protocol with a rule or two of `rules.ts` replaced. Those that only a liar can exploit need one to show.
 */
import type { Bug } from '../core/laboratory.ts';
import { nullDigest } from './batch.ts';
import type { PbftMessage } from './messages.ts';
import type { PbftNote } from './notes.ts';
import { createReplica } from './replica.ts';
import * as honest from './rules.ts';
import { checkpointing } from './setting.ts';
import type { PbftState } from './state.ts';

export type PbftBug = Bug<PbftMessage, PbftState, PbftNote>;

function bug(
  description: Omit<PbftBug, 'create' | 'scripts'>,
  replaced: Partial<honest.Rules>,
): PbftBug {
  const rules = { ...honest, ...replaced };
  return {
    ...description,
    create: (context, snapshots) => createReplica(context, rules, checkpointing(snapshots)),
    scripts: [],
  };
}

export const bugs: readonly PbftBug[] = [
  bug(
    {
      name: 'forgets-prepared',
      title: 'What prepared in an earlier view is forgotten when a new view begins.',
      seenIn: 'P15; classic mistake 2',
      breaks: 'safety',
    },
    { preparedAfterNewView: () => null },
  ),
  bug(
    {
      name: 'ignores-prepared',
      title: 'A new view begins with null requests, whatever prepared before.',
      seenIn: 'P17',
      breaks: 'safety',
    },
    {
      newViewPrePrepares: (viewChanges) => {
        const { minStable, slots } = honest.newViewPrePrepares(viewChanges);
        return { minStable, slots: slots.map(({ n }) => ({ n, digest: nullDigest })) };
      },
      reasonToRefuseNewView: () => null,
    },
  ),
  bug(
    {
      name: 'joins-nobody',
      title: 'f + 1 view changes to later views do not move a replica.',
      seenIn: 'P20; classic mistake 10',
      breaks: 'liveness',
    },
    { viewToJoin: () => null },
  ),
  bug(
    {
      name: 'executes-twice',
      title: 'A request that comes in two slots is executed in both.',
      seenIn: 'P2, P18; classic mistake 8',
      breaks: 'safety',
    },
    {
      execute: (service, request, index) =>
        service.execute({ ...request, seq: 1_000_000 + index }, index),
    },
  ),
];
