/**
 * The rules that all rule sets of HotStuff share, as pure functions: what a certificate proves, who may propose what,
 * and when a view ends. H numbers are those of basic HotStuff, C numbers those of chained HotStuff in this folder's
 * README. What a replica votes for, what that locks and what it commits, each rule set says in its own `rules.ts`.
 */
import type { ClientRequest } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Outcome, Service } from '../core/service.ts';
import type { Signed } from '../core/signed.ts';
import { genesisDigest } from './block.ts';
import { isCountable, isInForm, saidIn, signersOf } from './certificates.ts';
import type {
  Block,
  Certificate,
  Phase,
  Proposal,
  Timeout,
  TimeoutCertificate,
  Vote,
} from './messages.ts';
import type { ProposalRefusal } from './notes.ts';
import { highestNamed } from './proposal.ts';
import { leaderOf } from './rotation.ts';
import { quorumOf, weakQuorumOf, type Setting } from './setting.ts';
import type { HotStuffState } from './state.ts';
import type { Node } from './tree.ts';

export * from './checkpoint-rules.ts';

/** A step up in the tree that a replica does not go back behind. */
export interface Place {
  readonly view: number;
  readonly block: string;
}

/** What a block shows of its branch. */
export type Shown = Pick<Node, 'commandHeight' | 'committedHeight'>;

/** What makes one rule set differ from another. */
export interface VariantRules {
  /** In the order they are voted for. Blocks stand on certificates of the first. */
  readonly phases: readonly [Phase, ...Phase[]];
  /** Whether to vote for `node`, whose proposal showed `tc`. The view is the current one and its leader proposed it. */
  mayVote(node: Node, tc: TimeoutCertificate | null, state: HotStuffState): boolean;
  /** What a certificate of `phase` for `certified` locks; `null` if nothing. */
  lockedBy(certified: Node, phase: Phase): Place | null;
  /** What a certificate of `phase` for `certified` commits, with all its ancestors; `null` if nothing. */
  committedBy(certified: Node, phase: Phase): Node | null;
  /** Whether the leader has heard enough to propose in the view it is in. */
  mayPropose(state: HotStuffState): boolean;
  /** Up to which height all have executed who take in a block upon `head`, from a leader in this state. */
  sharedHeight(head: Node, state: HotStuffState): number;
  /** Whether a block is due upon `head`, although no command waits for one. */
  needsPush(head: Shown, state: HotStuffState): boolean;
}

export type SharedRules = typeof import('./rules.ts');
export type Rules = SharedRules & VariantRules;

// ── Certificates ────────────────────────────────────────────────────────────────────────────────────────────────────

/** K7, BH15: a view after it can be counted, and be said. Only more than f liars get so far. */
const viewMax = limits.integerMax - 1;

/**
 * H2, CI6: at least n − f distinct members voted for this block in this view. The signatures are the host's to check;
 * the certificate of genesis is a constant and good for genesis only.
 */
export function isCertificate(qc: Certificate, setting: Setting): boolean {
  const { phase, view, block } = qc;
  const said = saidIn(qc);
  if (view === 0) return phase === 'generic' && block === genesisDigest && said.length === 0;
  if (view > viewMax || !isInForm(qc, setting)) return false;
  if (!isQuorum(signersOf(qc, setting), setting)) return false;
  const [first] = said;
  if (first?.phase !== phase) return false;
  return said.every(
    (vote) => vote.view === view && vote.block === block && isSameVote(vote, first),
  );
}

/**
 * C20: the view that a quorum of timeouts ends, or `null`. All must be of that one view, and with them must come a
 * certificate as high as any that they name: who takes the view over without it could not prove it to others.
 */
export function viewEndedBy(
  tc: TimeoutCertificate,
  { view: highView }: Certificate,
  setting: Setting,
): number | null {
  const view = tc[0]?.body.view;
  if (view === undefined || view > viewMax) return null;
  const signers = tc.map(({ signer }) => signer);
  if (!isQuorum(signers, setting)) return null;
  return tc.every(({ body }) => body.view === view && body.highView <= highView) ? view : null;
}

/** C23: a timeout names a certificate that comes with it, or a lower one since it was said before. */
export function mayCountTimeout({ body }: Signed<Timeout>, highQC: Certificate): boolean {
  return body.highView <= highQC.view && body.highView <= body.view;
}

/** K10: identities are counted, and members only. */
function isQuorum(signers: readonly ReplicaId[], setting: Setting): boolean {
  // One bit for each voter.
  let seen = 0;
  for (const signer of signers) {
    const place = setting.places.get(signer);
    if (place === undefined || ((seen >>> place) & 1) === 1) return false;
    seen |= 1 << place;
  }
  return signers.length >= quorumOf(setting);
}

function isSameVote(a: Vote, b: Vote | undefined): boolean {
  if (a.phase !== b?.phase) return false;
  return a.justifyView === b.justifyView && a.lockView === b.lockView;
}

/** The votes that make a certificate together with `vote`, in the order of the voters; `null` while they are too few. */
export function votesWith(
  { body: vote }: Signed<Vote>,
  votes: ReadonlyMap<ReplicaId, Signed<Vote>>,
  setting: Setting,
): readonly Signed<Vote>[] | null {
  const equal: Signed<Vote>[] = [];
  for (const id of setting.voters) {
    const other = votes.get(id);
    if (other?.body.view !== vote.view || other.body.block !== vote.block) continue;
    if (isSameVote(other.body, vote)) equal.push(other);
  }
  const quorum = quorumOf(setting);
  return equal.length >= quorum ? equal.slice(0, quorum) : null;
}

/** K10, K11: of each voter one timeout is kept, the first of its highest view. */
export function replacesTimeout(
  { body }: Signed<Timeout>,
  held: Signed<Timeout> | undefined,
): boolean {
  return held === undefined || body.view > held.body.view;
}

/** K10, K11: of each voter one vote is kept, the first of the last phase of its highest view. */
export function replacesVote({ body }: Signed<Vote>, held: Signed<Vote> | undefined): boolean {
  if (held === undefined || body.view > held.body.view) return true;
  return body.view === held.body.view && isLaterPhase(body.phase, held.body.phase);
}

/** C27: one that can still make a certificate that is not known: whatever the view, where one phase is all. */
export function mayCountVote(vote: Signed<Vote>, state: HotStuffState): boolean {
  const { signer } = vote;
  const { phase, view } = vote.body;
  if (!state.setting.voters.includes(signer) || state.falseSharers.has(signer)) return false;
  if (!isCountable(vote, state.setting)) return false;
  return phase === 'generic' ? view > state.highQC.view : view >= state.view;
}

// ── Phases ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Of basic HotStuff, in order. */
const order: readonly Phase[] = ['generic', 'prepare', 'pre-commit', 'commit'];

export function isLaterPhase(phase: Phase, than: Phase): boolean {
  return order.indexOf(phase) > order.indexOf(than);
}

/** H1: of each phase one vote a view, in their order, and none once the view was given up (C9). */
export function mayVoteNext(phase: Phase, { view, vote, timeout }: HotStuffState): boolean {
  if (timeout?.view === view) return false;
  return vote === null || vote.view < view || isLaterPhase(phase, vote.phase);
}

/** C20, H6: a view is over with its one certificate, or with its decision. */
export function endsView({ phase }: Certificate): boolean {
  return phase === 'generic' || phase === 'commit';
}

/** Whose leader counts the votes of `view`: where one phase is all, the next (C27). */
export function countingView({ phase, view }: Pick<Vote, 'phase' | 'view'>): number {
  return phase === 'generic' ? view + 1 : view;
}

// ── Proposals ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What comes with a block to show that the view before it has ended. */
export interface ViewProof {
  readonly tc: TimeoutCertificate | null;
  readonly decided: Certificate | null;
}

/**
 * C8, E12: the block and what comes with it are what was signed, its certificate is one, and the view before it has ended: by that
 * certificate, or by timeouts. Returns the first that does not hold, or `null`.
 */
export function reasonToRefuseProposal(
  { body }: Signed<Proposal>,
  { block, digest }: { readonly block: Block; readonly digest: string },
  { tc, decided }: ViewProof,
  { setting }: HotStuffState,
): ProposalRefusal | null {
  const { view } = body;
  const isOfBlock = body.block === digest && view === block.view;
  const isOfProof = body.justifyView === block.justify.view && body.highView === highestNamed(tc);
  if (!isOfBlock || !isOfProof || block.justify.view >= view) return 'other-block';
  if (!isCertificate(block.justify, setting)) return 'no-certificate';
  const ending = endsView(block.justify) ? block.justify : decided;
  if (ending?.view === view - 1 && endsView(ending)) {
    if (ending === block.justify || isCertificate(ending, setting)) return null;
  }
  return tc && viewEndedBy(tc, block.justify, setting) === view - 1 ? null : 'unproven-view';
}

/** H1, C1: it stands on the block that its certificate is for, and the leader of its view made it. */
export function mayStandOn(parent: Node, block: Block, setting: Setting): boolean {
  if (block.justify.block !== parent.digest || block.justify.view !== parent.view) return false;
  if (block.height !== parent.height + 1 || block.view <= parent.view) return false;
  const certified = parent.view === block.view - 1 ? parent : null;
  return block.proposer === leaderOf(block.view, certified, setting);
}

/** C3, C9: one vote a view, views only grow, and none in a view that was given up. */
export function isVotingOpen(view: number, { view: current, lastVoted }: HotStuffState): boolean {
  return view === current && view > lastVoted;
}

/**
 * safeNode (Algorithm 1), C3: "node extends from lockedQC.node" (safety), or "qc.viewNumber > lockedQC.viewNumber" (liveness). Of views,
 * since here a chain may leave some out.
 */
export function safeNode(node: Node, lock: Place): boolean {
  return node.justifyView > lock.view || extendsLock(node, lock);
}

function extendsLock(node: Node, lock: Place): boolean {
  let at: Node | null = node;
  while (at && at.view > lock.view) at = at.parent;
  return at?.digest === lock.block;
}

// ── Views ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** C22, Bracha amplification: f + 1 gave up on this view, and so somebody honest did. */
export function mustJoinTimeout({ timeouts, view, setting }: HotStuffState): boolean {
  return timeoutsFor(view, timeouts) >= weakQuorumOf(setting);
}

/** C20: the certificate that a quorum of timeouts for `view` makes, or `null`. */
export function timeoutsWith(
  view: number,
  { timeouts, setting }: HotStuffState,
): TimeoutCertificate | null {
  const quorum = quorumOf(setting);
  if (timeoutsFor(view, timeouts) < quorum) return null;
  return [...timeouts.values()].filter(({ body }) => body.view === view).slice(0, quorum);
}

/** Asked after every step, mostly of views that nobody gives up: no list is made. */
function timeoutsFor(view: number, timeouts: ReadonlyMap<ReplicaId, Signed<Timeout>>): number {
  let count = 0;
  for (const { body } of timeouts.values()) if (body.view === view) count++;
  return count;
}

/**
 * C25: how much longer than usual a view lasts. f leaders may be down, and each costs two views: the one whose votes it
 * should have counted, and its own. Only what goes beyond that is the timer's fault.
 */
export function timerFactor({ fruitlessViews, setting }: HotStuffState): number {
  const expected = 2 * weakQuorumOf(setting) - 1;
  return 2 ** Math.min(Math.floor(fruitlessViews / expected), doublingsMax);
}

/** C25: a cap, so that an attacker of the timer cannot slow a cluster down for ever. */
const doublingsMax = 5;

/** C25: with a commit all is well, and not yet with a new view. */
export function fruitlessAfterCommit(_state: HotStuffState): number {
  return 0;
}

// ── Execution ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** C17: a request that was executed is answered again, and not executed again. */
export function execute(service: Service, request: ClientRequest, index: number): Outcome {
  return service.execute(request, index);
}
