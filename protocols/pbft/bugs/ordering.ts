/** Mistakes of the normal case and of checkpoints (P2, P5 to P11). */
import { sha256Hex } from '../../core/digest.ts';
import * as honest from '../rules.ts';
import { quorumOf } from '../setting.ts';
import { bug, type PbftBug } from './bug.ts';

export const ordering: readonly PbftBug[] = [
  bug(
    {
      name: 'primary-counted-twice',
      title: 'The pre-prepare counts as one of the 2f prepares beside it.',
      seenIn: 'P6, P7; classic mistake 3',
      breaks: 'safety',
    },
    {
      isPrepared: (slot, state) =>
        slot.prePrepare !== null &&
        1 + honest.matchingPrepares(slot, state).length >= quorumOf(state.setting) - 1,
    },
  ),
  bug(
    {
      name: 'commits-for-prepares',
      title: 'A quorum of commits is enough, prepared or not.',
      seenIn: 'P9; classic mistake 4',
      breaks: 'safety',
    },
    {
      isPrepared: (slot, state) =>
        honest.isPrepared(slot, state) ||
        honest.matchingCommits(slot, state).length >= quorumOf(state.setting),
    },
  ),
  bug(
    {
      name: 'left-view-obeyed',
      title: 'Pre-prepares of a view are accepted on the way to the next.',
      seenIn: 'P13; classic mistake 5',
      breaks: 'safety',
    },
    {
      reasonToRefusePrePrepare: (prePrepare, batch, state) => {
        const { view } = prePrepare.body;
        const asIfThere = state.active ? state : { ...state, view, active: true };
        return honest.reasonToRefusePrePrepare(prePrepare, batch, asIfThere);
      },
    },
  ),
  bug(
    {
      name: 'executes-twice',
      title: 'A request that comes in two slots is executed in both.',
      seenIn: 'P2, P18; classic mistake 8',
      breaks: 'safety',
    },
    {
      execute: (service, request, index) => {
        const isFirst = service.outcomeOf(request) === null;
        return service.execute(isFirst ? request : { ...request, seq: 1_000_000 + index }, index);
      },
    },
  ),
  bug(
    {
      name: 'client-table-left-out',
      title: 'A checkpoint has the store and not the client table: what was executed is forgotten.',
      seenIn: 'P2, P11, P12; classic mistake 6',
      breaks: 'safety',
    },
    {
      checkpointed: (service) => ({
        ...honest.checkpointed(service),
        sessions: [],
        lastUsed: [],
      }),
    },
  ),
  bug(
    {
      name: 'checkpoint-of-its-own',
      title: 'The digest of a checkpoint covers something that only this replica knows.',
      seenIn: 'P11; classic mistake 12',
      breaks: 'safety',
    },
    ({ self }) => ({
      checkpointDigest: (pieceDigests) => sha256Hex(`${self} ${pieceDigests.join(' ')}`),
    }),
  ),
  bug(
    {
      name: 'high-water-mark-stands',
      title: 'H stays where it was when h moves.',
      seenIn: 'P11, P12; classic mistake 13',
      breaks: 'liveness',
    },
    {
      isInWindow: (n, { stable, setting }) => n > stable.n && n <= setting.window,
    },
  ),
];
