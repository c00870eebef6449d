/** Mistakes of the view change (P15 to P20). */
import { nullDigest } from '../batch.ts';
import type { PreparedCertificate } from '../messages.ts';
import * as honest from '../rules.ts';
import { primaryOf, quorumOf, weakQuorumOf } from '../setting.ts';
import { bug, type PbftBug } from './bug.ts';
import { falseCheckpoint, falseNewView, preparedLongAgo } from './schedules.ts';
import { checkpointTwice, leap, prepareTwice } from './schedules-words.ts';

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
  bug(
    {
      name: 'joins-largest-view',
      title: 'f + 1 view changes to later views move a replica to the latest of these views.',
      seenIn: 'P20; classic mistake 10, the leap attack',
      breaks: 'liveness',
    },
    {
      viewToJoin: (viewChanges, { self, view, setting }) => {
        const higher = [...viewChanges].filter(
          ({ body, signer }) => body.view > view && signer !== self,
        );
        if (higher.length < weakQuorumOf(setting)) return null;
        return Math.max(...higher.map(({ body }) => body.view));
      },
    },
    [leap],
  ),
  bug(
    {
      name: 'shows-all-that-prepared',
      title: 'A view change shows everything that ever prepared, and no checkpoint ends that.',
      seenIn: 'P15, P16; classic mistake 14',
      breaks: 'liveness',
    },
    () => {
      const known = new Map<number, PreparedCertificate>();
      return {
        preparedToShow: (state) => {
          for (const shown of honest.preparedToShow(state)) {
            known.set(shown.prePrepare.body.n, shown);
          }
          return [...known.values()].sort((a, b) => a.prePrepare.body.n - b.prePrepare.body.n);
        },
      };
    },
  ),
  bug(
    {
      name: 'prepares-counted-by-number',
      title: 'Of a certificate in a view change the prepares are counted, and not who signed them.',
      seenIn: 'P16, PS12; classic mistake 18 (ByzzFuzz)',
      breaks: 'safety',
    },
    {
      reasonToRefuseViewChange: (viewChange, setting) => {
        const reason = honest.reasonToRefuseViewChange(viewChange, setting);
        const needed = quorumOf(setting) - 1;
        const enough = viewChange.body.prepared.every(({ prepares }) => prepares.length >= needed);
        return reason === 'unproven-prepared' && enough ? null : reason;
      },
      reasonToRefuseNewView: believingViewChanges,
    },
    [prepareTwice],
  ),
  bug(
    {
      name: 'checkpoints-counted-by-number',
      title: 'Of the proof of a checkpoint the signatures are counted, and not who made them.',
      seenIn: 'P11, P16, PS28; classic mistake 18 (ByzzFuzz)',
      breaks: 'safety',
    },
    {
      reasonToRefuseViewChange: (viewChange, setting) => {
        const reason = honest.reasonToRefuseViewChange(viewChange, setting);
        const enough = viewChange.body.checkpoints.length >= quorumOf(setting);
        return reason === 'unproven-checkpoint' && enough ? null : reason;
      },
      reasonToRefuseNewView: believingViewChanges,
    },
    [checkpointTwice],
  ),
];

/** Each was looked at when it came. */
function believingViewChanges(
  ...[newView, setting]: Parameters<typeof honest.reasonToRefuseNewView>
): ReturnType<typeof honest.reasonToRefuseNewView> {
  const reason = honest.reasonToRefuseNewView(newView, setting);
  return reason === 'invalid-view-change' ? null : reason;
}
