/**
 * The safety rules of PBFT as pure functions, to be read beside Castro and Liskov, "Practical Byzantine Fault
 * Tolerance" (OSDI '99), §4. P numbers are those of this folder's README.
 *
 * A replica reaches them through an object of type {@link Rules}, so that a test can ask what a rule is good for.
 */
import type { ClientRequest } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Outcome, Service } from '../core/service.ts';
import type { Signed } from '../core/signed.ts';
import { digestOf } from './batch.ts';
import type { Batch, Commit, PrePrepare, Prepare } from './messages.ts';
import type { PrePrepareRefusal } from './notes.ts';
import { primaryOf, quorumOf, type Setting } from './setting.ts';
import type { PbftState, Slot } from './state.ts';

// P11, P12: checkpoints and the proof of one.
export * from './checkpoint-rules.ts';
// P15 to P20: what a view change carries over.
export * from './view-change-rules.ts';
// P14, P19: for how long to wait.
export * from './waiting-rules.ts';
// What an epoch may turn on: execution before the commit, and reads without a place in the order.
export * from './read-rules.ts';
export * from './tentative-rules.ts';

export type Rules = typeof import('./rules.ts');

// ── Normal case (§4.2) ──────────────────────────────────────────────────────────────────────────────────────────────

/** P4, §4.3: "the low-water mark h … the high-water mark H = h + k". */
export function isInWindow(
  n: number,
  { stable, setting }: Pick<PbftState, 'stable' | 'setting'>,
): boolean {
  return n > stable.n && n <= stable.n + setting.window;
}

/**
 * P5, §4.2: accept a pre-prepare if it is signed by the primary, "it is in view v", "d is the digest for m", "it has not
 * accepted a pre-prepare message for view v and sequence number n containing a different digest", and n lies "between a
 * low water mark, h, and a high water mark, H".
 */
export function mayAcceptPrePrepare(
  prePrepare: Signed<PrePrepare>,
  batch: Batch,
  state: PbftState,
): boolean {
  return reasonToRefusePrePrepare(prePrepare, batch, state) === null;
}

/** The first condition of P5 that does not hold, or `null`. The signatures are the host's to check. */
export function reasonToRefusePrePrepare(
  { body: { view, n, digest }, signer }: Signed<PrePrepare>,
  batch: Batch,
  state: PbftState,
): PrePrepareRefusal | null {
  if (signer !== primaryOf(view, state.setting)) return 'not-primary';
  if (view !== state.view) return 'other-view';
  if (!state.active) return 'view-changing';
  if (!isInWindow(n, state) || n <= state.minStable) return 'outside-window';
  const accepted = state.slots.get(n)?.prePrepare;
  if (accepted && accepted.body.digest !== digest) return 'second-digest';
  // What the slot holds under a digest was hashed when it came: a primary's own.
  const isHeld = state.slots.get(n)?.batches.get(digest) === batch;
  return isHeld || digestOf(batch) === digest ? null : 'wrong-digest';
}

/** P6, §4.2: a prepare is a backup's. The primary's pre-prepare stands for its own. */
export function mayCountPrepare(prepare: Signed<Prepare>, state: PbftState): boolean {
  const { view } = prepare.body;
  return prepare.signer !== primaryOf(view, state.setting) && mayCountVote(prepare, state);
}

/** P9: commits may come before anything they are about; they are kept until it is known. */
export function mayCountCommit(commit: Signed<Commit>, state: PbftState): boolean {
  return mayCountVote(commit, state);
}

/** P13: nothing of a view that was left counts. Of a later view it waits until this replica is there. */
function mayCountVote({ body, signer }: Signed<Prepare | Commit>, state: PbftState): boolean {
  if (body.view < state.view || !state.setting.voters.includes(signer)) return false;
  return isInWindow(body.n, state);
}

/** K10, K11: of each signer one vote is kept, the first of its highest view. */
export function replacesVote(
  vote: Signed<Prepare | Commit>,
  held: Signed<Prepare | Commit> | undefined,
): boolean {
  return held === undefined || vote.body.view > held.body.view;
}

/**
 * P7, §4.2: "prepared(m, v, n, i) is true if and only if replica i has inserted in its log: the request m, a pre-prepare
 * for m in view v with sequence number n, and 2f prepares from different backups that match the pre-prepare".
 */
export function isPrepared(slot: Slot, state: PbftState): boolean {
  const needed = quorumOf(state.setting) - 1;
  if (slot.prePrepare === null || slot.prepares.size < needed) return false;
  return matchingPrepares(slot, state).length >= needed;
}

/** The prepares that match the accepted pre-prepare, in the order of the voters. */
export function matchingPrepares(slot: Slot, { setting }: PbftState): Signed<Prepare>[] {
  const { prePrepare, prepares } = slot;
  return prePrepare ? matchingVotes(prepares, prePrepare, setting) : [];
}

/**
 * P9, §4.2: "committed-local(m, v, n, i) is true if and only if prepared(m, v, n, i) is true and i has accepted 2f + 1
 * commits (possibly including its own) from different replicas that match the pre-prepare for m".
 */
export function isCommittedLocal(slot: Slot, state: PbftState): boolean {
  const { prePrepare, prepared, commits } = slot;
  if (!prePrepare || prepared?.prePrepare.body.view !== prePrepare.body.view) return false;
  const needed = quorumOf(state.setting);
  return commits.size >= needed && matchingCommits(slot, state).length >= needed;
}

/** The commits that match the accepted pre-prepare, in the order of the voters. */
export function matchingCommits(slot: Slot, { setting }: PbftState): Signed<Commit>[] {
  const { prePrepare, commits } = slot;
  return prePrepare ? matchingVotes(commits, prePrepare, setting) : [];
}

/**
 * What a quorum of matching commits of one view proves, or `null`: an honest one of them saw the batch prepared, so no
 * other batch is committed at this number in any view (§4.5.1).
 */
export function provenDecision(
  commits: readonly Signed<Commit>[],
  batch: Batch,
  { setting }: Pick<PbftState, 'setting'>,
): Commit | null {
  const first = commits[0];
  if (!first) return null;
  const signers = new Set(commits.map(({ signer }) => signer));
  if (signers.size !== commits.length || signers.size < quorumOf(setting)) return null;
  if (!commits.every((commit) => matches(commit, first))) return null;
  if (!commits.every(({ signer }) => setting.voters.includes(signer))) return null;
  return digestOf(batch) === first.body.digest ? first.body : null;
}

/** P10: "after all requests with lower sequence numbers have been executed". */
export function mayExecute(slot: Slot, { executed }: PbftState): boolean {
  return slot.decision !== null && slot.n === executed + 1;
}

/** P2, P18: a request that was executed is answered again, and not executed again. */
export function execute(service: Service, request: ClientRequest, index: number): Outcome {
  return service.execute(request, index);
}

function matchingVotes<V extends Signed<Prepare | Commit>>(
  votes: ReadonlyMap<ReplicaId, V>,
  prePrepare: Signed<PrePrepare>,
  { voters }: Pick<Setting, 'voters'>,
): V[] {
  const matching: V[] = [];
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote && matches(vote, prePrepare)) matching.push(vote);
  }
  return matching;
}

function matches(
  { body }: Signed<Prepare | Commit>,
  { body: { view, n, digest } }: Signed<PrePrepare | Commit>,
): boolean {
  return body.view === view && body.n === n && body.digest === digest;
}
