/** Blocks, certificates and timeouts made by hand. A signature here says who signed and nothing else. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { digestOf, genesisCertificate } from '#protocols/hotstuff/block.ts';
import { isAggregated, saidIn } from '#protocols/hotstuff/certificates.ts';
import type {
  Block,
  Certificate,
  HotStuffMessage,
  Proposal,
  SyncInfo,
  Timeout,
  TimeoutCertificate,
  Vote,
} from '#protocols/hotstuff/messages.ts';
import { proposalFor } from '#protocols/hotstuff/proposal.ts';
import { r } from '../fixtures/ids.ts';
import { signed } from '../pbft/statements.ts';

/** Round robin, one view each. */
export const leader = (view: number, n = 4): ReplicaId => r(view % n);

/** So many of the first, without the ones left out: a quorum of `n`. */
export function quorum(n = 4, without: readonly number[] = []): number[] {
  const all = Array.from({ length: n }, (_, i) => i).filter((i) => !without.includes(i));
  return all.slice(0, byzantineQuorum(n));
}

export function vote(by: number, block: Block, rest: Partial<Vote> = {}): Signed<Vote> {
  return signed<Vote>(r(by), {
    kind: 'VOTE',
    phase: 'generic',
    view: block.view,
    block: digestOf(block),
    justifyView: block.justify.view,
    lockView: saidIn(block.justify)[0]?.justifyView ?? 0,
    ...rest,
  });
}

export function certificate(block: Block, by: readonly number[] = quorum()): Certificate {
  const votes = by.map((i) => vote(i, block));
  return { phase: 'generic', view: block.view, block: digestOf(block), votes };
}

/** The votes of a certificate that is a list. */
export function votesIn({ votes }: Certificate): readonly Signed<Vote>[] {
  return isAggregated(votes) ? [] : votes;
}

/** A block of `view` on `parent`, `null` for genesis, by its leader. */
export function blockOf(view: number, parent: Block | null, rest: Partial<Block> = {}): Block {
  return {
    view,
    height: (parent?.height ?? 0) + 1,
    proposer: leader(view),
    justify: parent ? certificate(parent) : genesisCertificate,
    checkpoint: null,
    batch: [],
    ...rest,
  };
}

/** Blocks of these views, each on the one before, from genesis. */
export function chain(...views: number[]): Block[] {
  const blocks: Block[] = [];
  for (const view of views) blocks.push(blockOf(view, blocks.at(-1) ?? null));
  return blocks;
}

export function timeout(by: number, view: number, highView = 0): Signed<Timeout> {
  return signed<Timeout>(r(by), { kind: 'TIMEOUT', view, highView });
}

export function timeouts(view: number, by = quorum(), highView = 0): TimeoutCertificate {
  return by.map((i) => timeout(i, view, highView));
}

/** With the timeouts of the view before where the block's certificate does not end it. */
export function proposalOf(
  block: Block,
  { tc, by = block.proposer }: { tc?: TimeoutCertificate | null; by?: ReplicaId } = {},
): Extract<HotStuffMessage, { type: 'PROPOSAL' }> {
  const follows = block.justify.view === block.view - 1;
  const due = follows ? null : timeouts(block.view - 1, quorum(), block.justify.view);
  const shown = tc === undefined ? due : tc;
  const statement = signed<Proposal>(by, proposalFor(block, digestOf(block), shown));
  return { type: 'PROPOSAL', statement, block, tc: shown, decided: null };
}

export function timeoutMessage(
  by: number,
  view: number,
  { sync = noSync, vote: last = null }: { sync?: SyncInfo; vote?: Signed<Vote> | null } = {},
): HotStuffMessage {
  const statement = timeout(by, view, Math.min(sync.highQC.view, view - 1));
  return { type: 'TIMEOUT', statement, sync, vote: last };
}

/** What shows this certificate and nothing else. */
export function showing(highQC: Certificate, highTC: TimeoutCertificate | null = null): SyncInfo {
  return { highQC, decided: null, highTC };
}

export const noSync = showing(genesisCertificate);
