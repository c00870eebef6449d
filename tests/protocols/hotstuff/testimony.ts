/** Statements of HotStuff for tests of the court, with signatures that `isSigned` of a test's jurisdiction accepts. */
import type { Signed } from '#protocols/core/signed.ts';
import type { Proposal, Timeout, Vote } from '#protocols/hotstuff/messages.ts';
import { by, digest } from '../pbft/testimony.ts';

/** Upon the block of the view before, without timeouts; or upon another, beside timeouts that name `highView`. */
export const proposal = (
  view: number,
  name: string,
  justifyView = view - 1,
  highView = 0,
): Proposal => ({ kind: 'PROPOSAL', view, block: digest(name), justifyView, highView });

/** Upon the block of `justifyView`, which locks `lockView`: by default those of the two views before. */
export const vote = (
  view: number,
  name: string,
  justifyView = Math.max(0, view - 1),
  lockView = Math.max(0, justifyView - 1),
): Vote => ({ kind: 'VOTE', phase: 'generic', view, block: digest(name), justifyView, lockView });

/** With phases: for a block upon the one of `justifyView`. A vote to commit locks the view it is of. */
export const phaseVote = (
  phase: 'prepare' | 'pre-commit' | 'commit',
  view: number,
  name: string,
  justifyView = view - 1,
): Vote => ({ ...vote(view, name, justifyView, phase === 'commit' ? view : 0), phase });

export const timeout = (view: number, highView = 0): Timeout => ({
  kind: 'TIMEOUT',
  view,
  highView,
});

/** The same vote of several. */
export const votes = (signers: readonly number[], body: Vote): Signed<Vote>[] =>
  signers.map((i) => by(i, body));

export const timeouts = (signers: readonly number[], body: Timeout): Signed<Timeout>[] =>
  signers.map((i) => by(i, body));
