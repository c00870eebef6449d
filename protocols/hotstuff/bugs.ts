/** The classic mistakes (A.4.9): they show what each rule is good for, and that the checkers see it when it is missing. */
import type { Bug } from '../core/laboratory.ts';
import * as chained from './chained/rules.ts';
import type { HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { createReplica } from './replica.ts';
import { leaderOf } from './rotation.ts';
import type { Rules } from './rules.ts';
import { quorumOf } from './setting.ts';
import type { HotStuffState } from './state.ts';

export type HotStuffBug = Bug<HotStuffMessage, HotStuffState, HotStuffNote>;

/** Chained HotStuff with a rule or two replaced. */
function bug(
  description: Omit<HotStuffBug, 'create' | 'scripts'>,
  wrong: Partial<Rules>,
): HotStuffBug {
  return {
    ...description,
    create: (context) => createReplica(context, { ...chained, ...wrong }),
    scripts: [],
  };
}

const committing: readonly HotStuffBug[] = [
  bug(
    {
      name: 'parents-commit',
      title: 'Three blocks on each other commit the first, whatever their views.',
      seenIn: 'C6; relab keeps to it with a comment, since its chains leave views out',
      breaks: 'safety',
    },
    { committedBy: (certified) => certified.parent?.parent ?? null },
  ),
  bug(
    {
      name: 'two-chain-commits',
      title: 'Two blocks of consecutive views commit the first, although only three lock it.',
      seenIn: 'C5, C6; A.4.9',
      breaks: 'safety',
    },
    {
      committedBy: ({ view, parent }) => (parent && view === parent.view + 1 ? parent : null),
    },
  ),
  bug(
    {
      name: 'executes-twice',
      title: 'A request that is in two blocks is executed in both.',
      seenIn: 'C17',
      breaks: 'safety',
    },
    {
      execute: (service, request, index) =>
        service.execute({ ...request, seq: 1_000_000 + index }, index),
    },
  ),
];

const voting: readonly HotStuffBug[] = [
  bug(
    {
      name: 'votes-twice',
      title: 'A vote is given to every block of a view that comes, after a restart too.',
      seenIn: 'C3, C11; A.4.9',
      breaks: 'safety',
    },
    { isVotingOpen: (view, { view: current }) => view === current },
  ),
  bug(
    {
      name: 'quorum-of-2f',
      title: 'One vote less than a quorum makes a certificate.',
      seenIn: 'H2; A.4.9',
      breaks: 'safety',
    },
    {
      votesWith: ({ body }, votes, setting) => {
        const equal = [...votes.values()].filter(
          (other) => other.body.view === body.view && other.body.block === body.block,
        );
        const enough = quorumOf(setting) - 1;
        return equal.length >= enough ? equal.slice(0, enough) : null;
      },
      isCertificate: (qc, setting) =>
        qc.votes.length >= quorumOf(setting) - 1 || chained.isCertificate(qc, setting),
    },
  ),
  bug(
    {
      name: 'certificates-not-counted',
      title: 'Of a certificate it is looked at what it certifies, and not who signed it.',
      seenIn: 'H2; asonnino and Diem test it',
      breaks: 'safety',
    },
    {
      votesWith: ({ body }, votes) =>
        [...votes.values()].filter((other) => other.body.block === body.block),
      isCertificate: () => true,
    },
  ),
];

const waiting: readonly HotStuffBug[] = [
  bug(
    {
      name: 'votes-lost',
      title: 'Votes that went to a leader that is gone are never counted.',
      seenIn: 'C27; naive chained HotStuff stalls at n = 4 with one replica down',
      breaks: 'liveness',
    },
    {
      mayCountVote: (vote, state) => {
        const next = leaderOf(vote.body.view + 1, null, state.setting);
        return next === state.self && chained.mayCountVote(vote, state);
      },
    },
  ),
  bug(
    {
      name: 'never-pushes',
      title: 'No block is proposed without a command: the last ones never commit.',
      seenIn: 'C19',
      breaks: 'liveness',
    },
    { needsPush: () => false },
  ),
  bug(
    {
      name: 'patience-never-reset',
      title: 'A timer that doubled stays so, whatever is committed.',
      seenIn: 'C25; "Liveness attacks on HotStuff: the vulnerability of timer doubling mechanism"',
      breaks: 'liveness',
    },
    {
      fruitlessAfterCommit: ({ fruitlessViews }) => fruitlessViews,
      timerFactor: ({ fruitlessViews }) => 2 ** Math.min(fruitlessViews, 20),
    },
  ),
  bug(
    {
      name: 'proves-no-view',
      title: 'Timeouts of a quorum end no view.',
      seenIn: 'C20',
      breaks: 'liveness',
    },
    { timeoutsWith: () => null },
  ),
];

export const bugs: readonly HotStuffBug[] = [...committing, ...voting, ...waiting];
