/** What certificates decide by their votes' own words, and which of them contradict each other. */
import type { Certificate, Decided, Jurisdiction } from '../core/evidence.ts';
import { byzantineQuorum } from '../core/quorum.ts';
import { sayTheSame } from '../core/signed.ts';
import type { HotStuffStatement, Vote } from './messages.ts';

export type Votes = Certificate<HotStuffStatement>;

/** What a chain of certificates commits. */
export interface Chain {
  /** Certificates of consecutive views in it; 1 where a view has phases, and the last commits by itself. */
  readonly length: 1 | 2 | 3;
  /** The view of the block that a certificate of such votes commits, as they say themselves; `null` if none. */
  committedView(vote: Vote): number | null;
}

/** C6: the views of b'', b' and b. */
export const threeChain: Chain = {
  length: 3,
  committedView: ({ view, justifyView, lockView }) =>
    lockView > 0 && justifyView === view - 1 && lockView === view - 2 ? lockView : null,
};

/** C10. */
export const twoChain: Chain = {
  length: 2,
  committedView: ({ view, justifyView }) =>
    justifyView > 0 && justifyView === view - 1 ? justifyView : null,
};

/** Algorithm 2, decide phase. */
export const phased: Chain = {
  length: 1,
  committedView: ({ phase, view }) => (phase === 'commit' ? view : null),
};

/** H2, CI6: a quorum of distinct voters, and their votes are equal. */
export function certificateProblem(votes: Votes, { voters }: Jurisdiction): string | null {
  const [first] = votes;
  if (first?.body.kind !== 'VOTE') return 'it holds no VOTE';
  const signers = new Set<string>();
  for (const { body, signer } of votes) {
    if (body.kind !== 'VOTE') return 'it holds something other than VOTEs';
    if (!sayTheSame(body, first.body)) return 'its VOTEs are not equal';
    if (!voters.includes(signer)) return 'a signer is not on the roster';
    signers.add(signer);
  }
  const needed = byzantineQuorum(voters.length);
  return signers.size < needed ? `${signers.size} signers, and it takes ${needed}` : null;
}

/** CI2, HI2: one certified block a view and phase. CI7, HI3: what is certified later stands on what is committed. */
export function conflictOf(chain: Chain, first: Votes, second: Votes): string | null {
  const [a, b] = [voteOf(first), voteOf(second)];
  if (!a || !b) return null;
  if (a.view === b.view) {
    return a.phase === b.phase && a.block !== b.block ? `view ${a.view}` : null;
  }
  const [earlier, later] = a.view < b.view ? [a, b] : [b, a];
  const committed = chain.committedView(earlier);
  return committed !== null && later.justifyView < committed ? `view ${committed}` : null;
}

/**
 * Of the block that was executed, and of what stands on it, up to the first certificate that commits it. If two
 * replicas executed different blocks at one height, one certificate of the one contradicts one of the other: let the
 * earlier commit be of view c. On the other branch is a block of view c, or a first one of a later view, which stands
 * on a view below c.
 */
export function decisionOf(
  chain: Chain,
  certificates: readonly Votes[],
  { digest }: Decided,
): readonly Votes[] {
  const decision: Votes[] = [];
  let level = certificates.filter((votes) => voteOf(votes)?.block === digest);
  const executed = level[0] && voteOf(level[0])?.view;
  if (executed === undefined) return [];
  while (level.length > 0) {
    decision.push(...level);
    const said = level.flatMap((votes) => voteOf(votes) ?? []);
    if (said.some((vote) => (chain.committedView(vote) ?? 0) >= executed)) break;
    const views = new Set(said.map(({ view }) => view));
    level = certificates.filter((votes) => {
      return views.has(voteOf(votes)?.justifyView ?? 0) && !decision.includes(votes);
    });
  }
  return decision;
}

/** Equal for votes that count together. */
export function decidedBy({ phase, view, block, justifyView, lockView }: Vote): string {
  return `${phase} ${view} ${block} ${justifyView} ${lockView}`;
}

/** Whether {@link decidedBy} is the same of both. */
export function countTogether(a: Vote, b: Vote): boolean {
  if (a.phase !== b.phase || a.view !== b.view || a.block !== b.block) return false;
  return a.justifyView === b.justifyView && a.lockView === b.lockView;
}

export function voteOf([first]: Votes): Vote | null {
  return first?.body.kind === 'VOTE' ? first.body : null;
}
