/** What the form and the place of a block say, in words. */
import type { BallotSummary, BlockSummary } from '#protocols/core/tree-summary.ts';
import { list } from '../narration.ts';
import { tallyOf } from '../tallies.ts';
import { marksAt } from './marks.ts';
import { listAt, pathTo, type DrawnTree, type TreeBlock, type Witness } from './tree.ts';

/** Votes of one phase, and what a block has when it has a certificate of it. */
export const phaseWords: Readonly<
  Record<BallotSummary['phase'], { readonly votes: string; readonly certified: string }>
> = {
  generic: { votes: 'votes', certified: 'certified' },
  prepare: { votes: 'prepare votes', certified: 'prepared' },
  'pre-commit': { votes: 'pre-commit votes', certified: 'pre-committed' },
  commit: { votes: 'commit votes', certified: 'decided' },
};

/** `committed`, `proposed, votes 2 of 3`. */
export function saysOf(block: TreeBlock, drawn: DrawnTree): string {
  const { standing, lane } = block;
  if (standing === 'committed') return lane === 0 ? 'committed' : 'committed: a fork';
  if (standing === 'abandoned') return 'abandoned';
  const certified = certifiedWord(block, drawn);
  const ballot = ballotFor(block, drawn);
  const { quorum } = drawn.foremost.tree;
  if (!ballot) return certified ?? 'proposed';
  const votes = `${phaseWords[ballot.phase].votes} ${ballot.signers.length} of ${quorum}`;
  return certified ? votes : `proposed, ${votes}`;
}

/** By the last certificate that anybody has, or is locked by. */
function certifiedWord({ digest, certificate }: BlockSummary, drawn: DrawnTree): string | null {
  if (!certificate) return null;
  const { phase } = certificate;
  const isLocked = drawn.witnesses.some(({ tree }) => tree.lock.block === digest);
  return phaseWords[phase === 'prepare' && isLocked ? 'pre-commit' : phase].certified;
}

/** The votes for it that somebody collects, of the last phase, if they can make a certificate that nobody has. */
function ballotFor(
  { digest, certificate }: BlockSummary,
  { witnesses }: DrawnTree,
): BallotSummary | null {
  const phases = Object.keys(phaseWords);
  const rank = ({ phase }: Pick<BallotSummary, 'phase'>): number => phases.indexOf(phase);
  const have = certificate ? rank(certificate) : -1;
  const ballots = witnesses.flatMap(({ tree: { collected } }) =>
    collected?.block === digest && rank(collected) > have ? [collected] : [],
  );
  const later = (a: BallotSummary, b: BallotSummary): number =>
    rank(b) - rank(a) || b.signers.length - a.signers.length;
  return ballots.toSorted(later)[0] ?? null;
}

/** `QC 3 of 4: Ana, Ben and Cleo`. */
export function certificateWords({ certificate }: BlockSummary, drawn: DrawnTree): string {
  if (!certificate) return 'no QC';
  const { phase, signers } = certificate;
  const kind = phase === 'generic' ? 'QC' : `${phase} QC`;
  return `${kind} ${signers.length} of ${drawn.names.length}: ${listAt(signers, drawn)}`;
}

export function descriptionOf(block: TreeBlock, drawn: DrawnTree): string {
  const { name, view, height, proposer, parentView, text, digest } = block;
  const on = parentView === 0 ? 'genesis' : `the block of view ${parentView}`;
  const marks = marksAt(digest, new Set([digest]), drawn).map(({ title }) => title);
  return [
    `${name}, view ${view}, height ${height}, by ${drawn.names[proposer] ?? '?'}, on ${on}: ${text || 'empty block'}.`,
    `${upper(certificateWords(block, drawn))}.`,
    standingWords(block, drawn),
    ...marks.map((mark) => `${upper(mark)}.`),
    `Digest ${digest}.`,
  ].join(' ');
}

function standingWords(block: TreeBlock, drawn: DrawnTree): string {
  if (block.standing === 'abandoned') return 'Abandoned: the chain goes on without it.';
  if (block.standing !== 'committed') return `${upper(saysOf(block, drawn))}.`;
  const done = drawn.witnesses.filter((witness) => hasCommitted(witness, block, drawn));
  const rest = drawn.witnesses.filter((witness) => !done.includes(witness));
  const fork = block.lane > 0 ? ' The chain goes on elsewhere: this is a fork.' : '';
  if (rest.length === 0) return `Committed and executed by all ${done.length}.${fork}`;
  const names = (some: readonly Witness[]): string => list(some.map(({ seat }) => seat.name));
  return `Committed and executed by ${names(done)}, not yet by ${names(rest)}.${fork}`;
}

/** By its own word, or since it committed what stands on the block. */
function hasCommitted(
  { tree }: Witness,
  { digest }: BlockSummary,
  { blocks }: Pick<DrawnTree, 'blocks'>,
): boolean {
  if (tree.blocks.some((block) => block.digest === digest && block.committed)) return true;
  const head = blocks.find((block) => block.digest === tree.committed.block);
  return head !== undefined && pathTo(head, blocks).some((block) => block.digest === digest);
}

const upper = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `view 7: votes for b7 2 of 3, one more`: of what this replica collects; `null` if that is nothing. */
export function votesWords(
  { phase, view, signers }: BallotSummary,
  quorum: number,
): { readonly brief: string; readonly text: string } {
  const { votes } = phaseWords[phase];
  const { text } = tallyOf(signers.length, quorum);
  return {
    brief: `${votes} ${signers.length} of ${quorum}`,
    text: `view ${view}: ${votes} for b${view} ${text}`,
  };
}
