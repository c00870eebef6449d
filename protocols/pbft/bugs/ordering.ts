/** Mistakes of the normal case and of checkpoints (P2, P5 to P11). */
import { sha256Hex } from '../../core/digest.ts';
import type { ReplicaId } from '../../core/ids.ts';
import type { Signed } from '../../core/signed.ts';
import type { Commit, Prepare } from '../messages.ts';
import * as honest from '../rules.ts';
import { primaryOf, quorumOf } from '../setting.ts';
import type { PbftState, Slot } from '../state.ts';
import { bug, type PbftBug } from './bug.ts';
import { secondProposal, usurper } from './schedules-words.ts';

type Vote = Signed<Prepare | Commit>;

/** As the honest rule has them, and those of other views too. */
function ofAnyView<V extends Vote>(
  votes: ReadonlyMap<ReplicaId, V>,
  { prePrepare }: Slot,
  { setting }: PbftState,
): V[] {
  return setting.voters.flatMap((id) => {
    const vote = votes.get(id);
    return vote && vote.body.digest === prePrepare?.body.digest ? [vote] : [];
  });
}

const asOfNow = <V extends Vote>(vote: V, { view }: PbftState): V => ({
  ...vote,
  body: { ...vote.body, view: Math.max(view, vote.body.view) },
});

const isProposed = ({ body: { view, n } }: Vote, { slots }: PbftState): boolean =>
  slots.get(n)?.prePrepare?.body.view === view;

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
      name: 'left-view-counted',
      title: 'Votes of a view that was left count in the view after it.',
      seenIn: 'P7, P9, P13; classic mistake 5',
      breaks: 'safety',
    },
    {
      mayCountPrepare: (prepare, state) => honest.mayCountPrepare(asOfNow(prepare, state), state),
      mayCountCommit: (commit, state) => honest.mayCountCommit(asOfNow(commit, state), state),
      matchingPrepares: (slot, state) => ofAnyView(slot.prepares, slot, state),
      matchingCommits: (slot, state) => ofAnyView(slot.commits, slot, state),
      isPrepared: (slot, state) =>
        slot.prePrepare !== null &&
        ofAnyView(slot.prepares, slot, state).length >= quorumOf(state.setting) - 1,
      isCommittedLocal: (slot, state) =>
        slot.prepared !== null &&
        ofAnyView(slot.commits, slot, state).length >= quorumOf(state.setting),
    },
  ),
  bug(
    {
      name: 'early-votes-dropped',
      title: 'A vote that comes before the proposal it is about is thrown away.',
      seenIn: 'P9; classic mistake 16 (BFT-SMaRt, 2022)',
      breaks: 'liveness',
    },
    {
      mayCountPrepare: (prepare, state) =>
        isProposed(prepare, state) && honest.mayCountPrepare(prepare, state),
      mayCountCommit: (commit, state) =>
        isProposed(commit, state) && honest.mayCountCommit(commit, state),
    },
  ),
  bug(
    {
      name: 'anyone-proposes',
      title: 'Who signed a pre-prepare is not looked at.',
      seenIn: 'P5; classic mistake 18 (ByzzFuzz)',
      breaks: 'safety',
    },
    {
      reasonToRefusePrePrepare: (prePrepare, batch, state) => {
        const signer = primaryOf(prePrepare.body.view, state.setting);
        return honest.reasonToRefusePrePrepare({ ...prePrepare, signer }, batch, state);
      },
    },
    [usurper],
  ),
  bug(
    {
      name: 'second-proposal-taken',
      title: 'A second proposal for a slot takes the place of the first.',
      seenIn: 'P5; classic mistake 18 (ByzzFuzz)',
      breaks: 'safety',
    },
    {
      reasonToRefusePrePrepare: (prePrepare, batch, state) => {
        const reason = honest.reasonToRefusePrePrepare(prePrepare, batch, state);
        return reason === 'second-digest' ? null : reason;
      },
    },
    [secondProposal],
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
