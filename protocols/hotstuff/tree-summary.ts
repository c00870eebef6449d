/** What a replica holds of the tree, as a screen draws it. Bounded, and made in as many steps however long the chain is. */
import { shortCommand, shorten } from '../core/command-text.ts';
import { shortDigest } from '../core/digest.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Signed } from '../core/signed.ts';
import {
  blocksMax,
  leadersMax,
  type BallotSummary,
  type BlockSummary,
  type StepSummary,
  type TimeoutsSummary,
  type TreeSummary,
} from '../core/tree-summary.ts';
import type { Batch, Certificate, Timeout, Vote } from './messages.ts';
import { signersOf } from './certificates.ts';
import { leaderOf } from './rotation.ts';
import { isLaterPhase } from './rules.ts';
import { quorumOf } from './setting.ts';
import { beginningOf, type HotStuffState } from './state.ts';
import type { Node } from './tree.ts';

type State = Readonly<HotStuffState>;

export function treeOf(state: State): TreeSummary {
  const { setting, view, highQC, lock, committed, vote, newestTCs, timedView } = state;
  return {
    quorum: quorumOf(setting),
    view,
    leaders: leadersFrom(state),
    blocks: blocksOf(state),
    highQC: ballotOf(highQC, signersOf(highQC, setting), state),
    lock: stepOf(lock),
    committed: stepOf({ view: committed.view, block: committed.digest }),
    vote: vote && { ...stepOf(vote), phase: vote.phase },
    collected: collectedIn(state),
    timeouts: latestTimeouts(state),
    tcs: newestTCs.map((tc) => timeoutsOf(tc, state)),
    resting: timedView === null,
  };
}

/** The first command, and how many follow it. */
export function textOf(batch: Batch): string {
  const [first] = batch;
  if (!first) return '';
  const more = batch.length > 1 ? ` and ${batch.length - 1} more` : '';
  return shorten(shortCommand(first.command) + more);
}

const stepOf = ({ view, block }: StepSummary): StepSummary => {
  return { view, block: shortDigest(block) };
};

/** Places of distinct voters, ascending. */
function placesOf(signers: readonly ReplicaId[], { setting }: State): number[] {
  return setting.voters.flatMap((id, place) => (signers.includes(id) ? [place] : []));
}

function ballotOf(
  { phase, view, block }: Pick<Vote, 'phase' | 'view' | 'block'>,
  signers: readonly ReplicaId[],
  state: State,
): BallotSummary {
  return { phase, ...stepOf({ view, block }), signers: placesOf(signers, state) };
}

/** Where reputation decides, the next leader depends on what is certified until then. */
function leadersFrom(state: State): number[] {
  const { view, setting } = state;
  const known = setting.rotation.type === 'round-robin' ? leadersMax : 1;
  const beginning = beginningOf(state);
  return Array.from({ length: known }, (_, ahead) =>
    setting.voters.indexOf(leaderOf(view + ahead, ahead === 0 ? beginning : null, setting)),
  );
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function blocksOf(state: State): BlockSummary[] {
  const { committed, newest, highQC, decided } = state;
  const certificates = new Map<string, Certificate>();
  for (const { block } of newest) if (block) certificates.set(block.justify.block, block.justify);
  for (const qc of [highQC, decided]) if (qc) certificates.set(qc.block, qc);
  // What is older than this walk says nothing of, is left out.
  const done = new Set<Node>();
  let lowest: Node = committed;
  for (let node: Node | null = committed; node && done.size < 2 * blocksMax; node = node.parent) {
    done.add(node);
    lowest = node;
  }
  return newest
    .filter(({ height }) => height >= lowest.height)
    .map((node) => blockOf(node, done.has(node), certificates.get(node.digest), state));
}

function blockOf(
  { block, digest, view, height }: Node,
  committed: boolean,
  certificate: Certificate | undefined,
  state: State,
): BlockSummary {
  const signers = certificate ? signersOf(certificate, state.setting) : [];
  return {
    digest: shortDigest(digest),
    parent: shortDigest(block?.justify.block ?? ''),
    parentView: block?.justify.view ?? 0,
    view,
    height,
    proposer: block ? state.setting.voters.indexOf(block.proposer) : 0,
    text: textOf(block?.batch ?? []),
    certificate: certificate
      ? { phase: certificate.phase, signers: placesOf(signers, state) }
      : null,
    committed,
  };
}

// ── Votes and timeouts ──────────────────────────────────────────────────────────────────────────────────────────────

function collectedIn(state: State): BallotSummary | null {
  let highest: Signed<Vote> | null = null;
  for (const vote of state.votes.values()) {
    if (isCertified(vote.body, state)) continue;
    if (!highest || isAfter(vote.body, highest.body)) highest = vote;
  }
  if (!highest) return null;
  const { phase, view, block } = highest.body;
  const equal = [...state.votes.values()].filter(
    ({ body }) => body.phase === phase && body.view === view && body.block === block,
  );
  const signers = equal.map(({ signer }) => signer);
  return ballotOf(highest.body, signers, state);
}

/** A certificate of this phase and view, or of a later one, is known. */
function isCertified({ phase, view }: Vote, { highQC, lock, decided }: State): boolean {
  if (phase === 'commit') return decided !== null && decided.view >= view;
  return (phase === 'pre-commit' ? lock : highQC).view >= view;
}

const isAfter = (a: Vote, b: Vote): boolean =>
  a.view > b.view || (a.view === b.view && isLaterPhase(a.phase, b.phase));

function latestTimeouts(state: State): TimeoutsSummary | null {
  const held = [...state.timeouts.values()];
  const view = Math.max(0, ...held.map(({ body }) => body.view));
  if (view === 0) return null;
  const latest = held.filter(({ body }) => body.view === view);
  return timeoutsOf(latest, state);
}

function timeoutsOf(timeouts: readonly Signed<Timeout>[], state: State): TimeoutsSummary {
  const signers = timeouts.map(({ signer }) => signer);
  return {
    view: timeouts[0]?.body.view ?? 0,
    signers: placesOf(signers, state),
    highView: Math.max(0, ...timeouts.map(({ body }) => body.highView)),
  };
}
