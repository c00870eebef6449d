/** Mistakes about what is locked and what is committed (C3, C5, C6, C17). */
import { genesisDigest } from '../block.ts';
import { committedBy as committedByTwo } from '../jolteon/rules.ts';
import type { TimeoutCertificate } from '../messages.ts';
import type { Rules } from '../rules.ts';
import { quorumOf } from '../setting.ts';
import { believing, bug, type HotStuffBug } from './bug.ts';
import { staleLeader } from './schedules.ts';

/**
 * Here timeouts name certificates, and a proposal must not stand below them: with at most f liars that alone keeps it
 * off what is committed. In the paper a pacemaker proves nothing, and the lock must do it.
 */
const paperPacemaker: Partial<Rules> = {
  mayCountTimeout: ({ body }) => body.highView < body.view,
  ...believing({
    viewEndedBy: (tc: TimeoutCertificate, _qc, setting) =>
      tc.length >= quorumOf(setting) ? (tc[0]?.body.view ?? null) : null,
  }),
};

export const chain: readonly HotStuffBug[] = [
  bug(
    {
      name: 'commits-across-gaps',
      title: 'Three certified blocks in a row commit, whatever views they are of.',
      seenIn: 'C6; libhotstuff ranks by height, where that is right',
      breaks: 'safety',
    },
    { committedBy: (certified) => certified.parent?.parent ?? null },
  ),
  bug(
    {
      name: 'commits-two-chain',
      title: 'Two certified blocks commit, as in Jolteon, under the lock of three chains.',
      seenIn: 'C6; toy mutant "2-chain commit with the 3-chain lock"',
      breaks: 'safety',
    },
    { committedBy: committedByTwo },
  ),
  bug(
    {
      name: 'lock-not-checked',
      title: 'Votes go to any block of the leader, where timeouts prove no certificate.',
      seenIn: 'C3, safeNode; toy mutant "no lock check when voting"',
      breaks: 'safety',
    },
    { ...paperPacemaker, mayVote: () => true },
    [staleLeader('lock-not-checked')],
  ),
  bug(
    {
      name: 'lock-never-set',
      title: 'Nothing is ever locked, where timeouts prove no certificate.',
      seenIn: 'C5; toy mutant "lock never set"',
      breaks: 'safety',
    },
    { ...paperPacemaker, lockedBy: () => ({ view: 0, block: genesisDigest }) },
    [staleLeader('lock-never-set')],
  ),
  bug(
    {
      name: 'executes-twice',
      title: 'A request that comes in two blocks is executed in both.',
      seenIn: "C17; relab's cmdcache_test",
      breaks: 'safety',
    },
    {
      execute: (service, request, index) =>
        service.execute({ ...request, seq: 1_000_000 + index }, index),
    },
  ),
  bug(
    {
      name: 'last-commands-not-pushed',
      title: 'A leader without commands proposes nothing, though the last ones are not committed.',
      seenIn: 'C19',
      breaks: 'liveness',
    },
    { needsPush: () => false },
  ),
];

/** `rules` under the pacemaker of the paper, for who compares. */
export const withPaperPacemaker = (rules: Rules): Rules => ({ ...rules, ...paperPacemaker });
