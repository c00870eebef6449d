/** Mistakes of the view change (P15 to P20). */
import { nullDigest } from '../batch.ts';
import * as honest from '../rules.ts';
import { primaryOf } from '../setting.ts';
import { bug, type PbftBug } from './bug.ts';
import { falseCheckpoint, falseNewView, preparedLongAgo } from './schedules.ts';

export const viewChanges: readonly PbftBug[] = [
  bug(
    {
      name: 'new-view-not-recomputed',
      title: 'Backups take the proposals of a new primary as they come.',
      seenIn: 'P18; classic mistake 1',
      breaks: 'safety',
    },
    {
      reasonToRefuseNewView: ({ body, signer }, setting) =>
        signer === primaryOf(body.view, setting) ? null : 'not-primary',
    },
    [falseNewView],
  ),
  bug(
    {
      name: 'forgets-prepared',
      title: 'What prepared in an earlier view is forgotten when a new view begins.',
      seenIn: 'P15; classic mistake 2',
      breaks: 'safety',
    },
    { preparedAfterNewView: () => null },
    [preparedLongAgo],
  ),
  bug(
    {
      name: 'ignores-prepared',
      title: 'A new view begins with null requests, whatever prepared before.',
      seenIn: 'P17',
      breaks: 'safety',
    },
    {
      newViewPrePrepares: (views) => {
        const { minStable, slots } = honest.newViewPrePrepares(views);
        return { minStable, slots: slots.map(({ n }) => ({ n, digest: nullDigest })) };
      },
      reasonToRefuseNewView: () => null,
    },
  ),
  bug(
    {
      name: 'checkpoint-not-proven',
      title: 'A view change is believed about its stable checkpoint.',
      seenIn: 'P16, P17; classic mistake 7',
      breaks: 'liveness',
    },
    {
      reasonToRefuseViewChange: (viewChange, setting) => {
        const reason = honest.reasonToRefuseViewChange(viewChange, setting);
        return reason === 'unproven-checkpoint' ? null : reason;
      },
      reasonToRefuseNewView: ({ body, signer }, setting) =>
        signer === primaryOf(body.view, setting) ? null : 'not-primary',
    },
    [falseCheckpoint],
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
];
