/** The rules of the view change (§4.4): what may be carried from one view to the next, and what must be. */
import type { ReplicaId } from '../core/ids.ts';
import type { Signed } from '../core/signed.ts';
import { nullDigest } from './batch.ts';
import { stableProof } from './checkpoint-rules.ts';
import type { NewView, PreparedCertificate, ViewChange } from './messages.ts';
import type { NewViewRefusal, ViewChangeRefusal } from './notes.ts';
import { primaryOf, quorumOf, weakQuorumOf, type Setting } from './setting.ts';
import { slotsInOrder, type CheckpointProof, type PbftState } from './state.ts';

/** P15: the certificate of the highest view stays until one of a higher view comes, or a stable checkpoint covers it. */
export function preparedAfterNewView(
  prepared: PreparedCertificate | null,
): PreparedCertificate | null {
  return prepared;
}

/** P15, P16: what a view change shows: of each slot above h the certificate of the highest view, ascending. */
export function preparedToShow(state: PbftState): readonly PreparedCertificate[] {
  return slotsInOrder(state).flatMap(({ prepared }) => (prepared ? [prepared] : []));
}

/** P16: whether a view change proves all that it says. Its signature is the host's to check. */
export function isValidViewChange(viewChange: Signed<ViewChange>, setting: Setting): boolean {
  return reasonToRefuseViewChange(viewChange, setting) === null;
}

/** The first condition of P16 that does not hold, or `null`. */
export function reasonToRefuseViewChange(
  { body, signer }: Signed<ViewChange>,
  setting: Setting,
): ViewChangeRefusal | null {
  if (!setting.voters.includes(signer)) return 'stranger';
  const { view, stable, checkpoints, prepared } = body;
  const proven = stable === 0 ? checkpoints.length === 0 : provesStable(body, setting);
  if (!proven) return 'unproven-checkpoint';
  let last = stable;
  for (const certificate of prepared) {
    const { n } = certificate.prePrepare.body;
    if (n <= last || n > stable + setting.window) return 'wrong-slot';
    if (!isPreparedCertificate(certificate, view, setting)) return 'unproven-prepared';
    last = n;
  }
  return null;
}

function provesStable({ stable, checkpoints }: ViewChange, setting: Setting): boolean {
  return stableProof(checkpoints, setting)?.n === stable;
}

/** §4.4: "2f matching, valid prepare messages signed by different backups with the same view, sequence number, and digest". */
export function isPreparedCertificate(
  { prePrepare, prepares }: PreparedCertificate,
  viewBelow: number,
  setting: Pick<Setting, 'voters'>,
): boolean {
  const { view, n, digest } = prePrepare.body;
  const primary = primaryOf(view, setting);
  if (view >= viewBelow || prePrepare.signer !== primary) return false;
  const signers = new Set<ReplicaId>();
  for (const { body, signer } of prepares) {
    if (body.view !== view || body.n !== n || body.digest !== digest) return false;
    if (signer === primary || !setting.voters.includes(signer) || signers.has(signer)) return false;
    signers.add(signer);
  }
  return signers.size >= quorumOf(setting) - 1;
}

/** K11: of each signer the view change to the highest view is kept, and of one view the first. */
export function replacesViewChange(
  viewChange: Signed<ViewChange>,
  held: Signed<ViewChange> | undefined,
): boolean {
  return held === undefined || viewChange.body.view > held.body.view;
}

/**
 * P20, §4.5.2: "if a replica receives a set of f + 1 valid view-change messages from other replicas for views greater
 * than its current view, it sends a view-change message for the smallest view in the set". `null`: there is none.
 */
export function viewToJoin(
  viewChanges: Iterable<Signed<ViewChange>>,
  { self, view, setting }: { self: ReplicaId; view: number; setting: Setting },
): number | null {
  const higher = [...viewChanges].filter(({ body, signer }) => body.view > view && signer !== self);
  if (higher.length < weakQuorumOf(setting)) return null;
  return Math.min(...higher.map(({ body }) => body.view));
}

/**
 * P19, §4.5.2: a replica "starts its timer" once 2f + 1 want to be in its view. Who wants a later one has left all before
 * it too, and says only its latest wish again: counting exactly this view could leave two thirds waiting for ever.
 */
export function mustAwaitNewView(
  viewChanges: Iterable<Signed<ViewChange>>,
  { view, setting }: { readonly view: number; readonly setting: Setting },
): boolean {
  let count = 0;
  for (const { body } of viewChanges) if (body.view >= view) count++;
  return count >= quorumOf(setting);
}

/** P17: what the first view changes of a quorum make of `view`; the new primary's own first, `null` if there are too few. */
export function newViewQuorum(
  viewChanges: ReadonlyMap<ReplicaId, Signed<ViewChange>>,
  view: number,
  setting: Setting,
): readonly Signed<ViewChange>[] | null {
  const primary = primaryOf(view, setting);
  const order = [primary, ...setting.voters.filter((id) => id !== primary)];
  const found = order.flatMap((id) => {
    const viewChange = viewChanges.get(id);
    return viewChange?.body.view === view ? [viewChange] : [];
  });
  const quorum = quorumOf(setting);
  if (found[0]?.signer !== primary || found.length < quorum) return null;
  return found.slice(0, quorum);
}

/** What a NEW-VIEW re-proposes: slot by slot, above the highest stable checkpoint of V (P17). */
export interface NewViewPlan {
  /** The checkpoint of min-s with its proof; `null` for 0. */
  readonly minStable: CheckpointProof | null;
  readonly slots: readonly { readonly n: number; readonly digest: string }[];
}

/**
 * P17, §4.4: "min-s [is] the sequence number of the latest stable checkpoint in V and max-s the highest sequence number
 * in a prepare message in V"; for each n between, the digest of "the pre-prepare … with the highest view number", or d_null.
 */
export function newViewPrePrepares(viewChanges: readonly Signed<ViewChange>[]): NewViewPlan {
  let minStable: CheckpointProof | null = null;
  const chosen = new Map<number, { readonly view: number; readonly digest: string }>();
  let maxPrepared = 0;
  for (const { body } of viewChanges) {
    const [first] = body.checkpoints;
    if (first && body.stable > (minStable?.n ?? 0)) {
      const { digest } = first.body;
      minStable = { n: body.stable, digest, checkpoints: body.checkpoints };
    }
    for (const { prePrepare } of body.prepared) {
      const { n, view, digest } = prePrepare.body;
      if (view >= (chosen.get(n)?.view ?? -1)) chosen.set(n, { view, digest });
      maxPrepared = Math.max(maxPrepared, n);
    }
  }
  const slots: { n: number; digest: string }[] = [];
  for (let n = (minStable?.n ?? 0) + 1; n <= maxPrepared; n++) {
    slots.push({ n, digest: chosen.get(n)?.digest ?? nullDigest });
  }
  return { minStable, slots };
}

/** P18: whether the new primary may send this. Its signature is the host's to check. */
export function isValidNewView(newView: Signed<NewView>, setting: Setting): boolean {
  return reasonToRefuseNewView(newView, setting) === null;
}

/**
 * The first condition of P18 that does not hold, or `null`; §4.4: "a backup accepts a new-view message for view v + 1 if
 * it is signed properly, if the view-change messages it contains are valid for view v + 1, and if the set O is correct;
 * it verifies the correctness of O by performing a computation similar to the one used by the primary".
 */
export function reasonToRefuseNewView(
  { body: { view, viewChanges, prePrepares }, signer }: Signed<NewView>,
  setting: Setting,
): NewViewRefusal | null {
  if (signer !== primaryOf(view, setting)) return 'not-primary';
  const signers = new Set(viewChanges.map((viewChange) => viewChange.signer));
  if (signers.size !== viewChanges.length) return 'duplicate';
  if (signers.size < quorumOf(setting)) return 'too-few';
  for (const viewChange of viewChanges) {
    if (viewChange.body.view !== view) return 'other-view';
    if (!isValidViewChange(viewChange, setting)) return 'invalid-view-change';
  }
  const { slots } = newViewPrePrepares(viewChanges);
  const same = ({ n, digest }: (typeof slots)[number], i: number): boolean => {
    const prePrepare = prePrepares[i];
    if (!prePrepare || prePrepare.signer !== signer) return false;
    const { body } = prePrepare;
    return body.view === view && body.n === n && body.digest === digest;
  };
  return slots.length === prePrepares.length && slots.every(same) ? null : 'wrong-pre-prepares';
}
