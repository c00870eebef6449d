/**
 * What would convict a replica of Raft, were its messages signed (E16). This Raft signs nothing: it tolerates crashes
 * only, and its links alone say who speaks. Half of its lies could be proved all the same, and here is which: a second
 * vote (RB2) and a second entry (RB5). A term that nobody elected (RB1) could be proved only with the votes for it, and
 * an acknowledgement of what was not stored (RB3) not at all.
 */
import type { EvidenceKind } from '../core/evidence.ts';
import type { Signed } from '../core/signed.ts';

/** ⟨VOTE, term, candidate⟩: a vote granted. A candidate's own is one too. A pre-vote is a question and no vote. */
export interface SignedVote {
  readonly kind: 'VOTE';
  readonly term: number;
  readonly candidate: string;
}

/** ⟨APPEND, term, index, digest⟩: as leader of `term` the signer made this entry, of its own term, at `index`. */
export interface SignedAppend {
  readonly kind: 'APPEND';
  readonly term: number;
  readonly index: number;
  /** Of the entry: 64 hex digits. */
  readonly digest: string;
}

export type RaftStatement = SignedVote | SignedAppend;

/**
 * I12: one vote in a term, durable before anyone hears of it, across restarts. I2: a leader never changes an entry of
 * its own term; entries of earlier terms it only passes on, so that they say nothing about it.
 */
export const doubleVoteOrEntry: EvidenceKind<RaftStatement> = {
  id: 'E16',
  title: 'two votes in one term, or two entries in one place',
  convicts(parts: readonly Signed<RaftStatement>[]) {
    const [first, second] = parts;
    if (!first || !second || parts.length !== 2 || first.signer !== second.signer) return null;
    const [a, b] = [first.body, second.body];
    if (a.term !== b.term) return null;
    if (a.kind === 'VOTE' && b.kind === 'VOTE' && a.candidate !== b.candidate) {
      return `voted for two candidates in term ${a.term}`;
    }
    if (a.kind !== 'APPEND' || b.kind !== 'APPEND') return null;
    if (a.index !== b.index || a.digest === b.digest) return null;
    return `made two entries ${a.index} as leader of term ${a.term}`;
  },
};
