/**
 * What convicts by itself: a view change whose certificates prove nothing (E5), a new view that does not follow from
 * its view changes (E4). Both are judged by the rules that honest replicas keep to, from the statement alone.
 */
import type { EvidenceKind, Jurisdiction } from '../core/evidence.ts';
import { limits } from '../core/limits.ts';
import { byzantineQuorum } from '../core/quorum.ts';
import type { Signed } from '../core/signed.ts';
import { primaryOf } from './evidence-kinds.ts';
import type { NewView, PbftStatement, PreparedCertificate, ViewChange } from './messages.ts';

const nullDigest = '0'.repeat(64);

/** P16: every certificate in it is one, signatures included, which an honest signer has checked before it kept them. */
export const badViewChange: EvidenceKind<PbftStatement> = {
  id: 'E5',
  title: 'a view change with a certificate that is none',
  convicts(parts, jurisdiction) {
    const [part] = parts;
    if (parts.length !== 1 || part?.body.kind !== 'VIEW-CHANGE') return null;
    const problem = viewChangeProblem(part.body, jurisdiction);
    return problem === null ? null : `moved to view ${part.body.view} with ${problem}`;
  },
};

/** P17: V is a quorum of valid view changes, and O is what follows from them. */
export const badNewView: EvidenceKind<PbftStatement> = {
  id: 'E4',
  title: 'a new view that does not follow from its view changes',
  convicts(parts, jurisdiction) {
    const [part] = parts;
    if (parts.length !== 1 || part?.body.kind !== 'NEW-VIEW') return null;
    if (part.signer !== primaryOf(part.body.view, jurisdiction)) return null;
    const problem = newViewProblem(part.body, jurisdiction);
    return problem === null ? null : `began view ${part.body.view} with ${problem}`;
  },
};

function viewChangeProblem(viewChange: ViewChange, jurisdiction: Jurisdiction): string | null {
  const { stable, checkpoints, prepared, view } = viewChange;
  const quorum = byzantineQuorum(jurisdiction.voters.length);
  const proofs = checkpoints.filter(
    ({ body }) => body.n === stable && body.digest === checkpoints[0]?.body.digest,
  );
  if (stable > 0 && signersOf(proofs, jurisdiction) < quorum) return 'a checkpoint it cannot prove';
  if (checkpoints.length !== proofs.length) return 'a checkpoint it cannot prove';
  let last = stable;
  for (const entry of prepared) {
    const { n } = entry.prePrepare.body;
    if (n <= last || n > stable + limits.slotsInWindowMax) return `slot ${n} out of place`;
    last = n;
    if (!isPrepared(entry, view, jurisdiction)) return `a false certificate for slot ${n}`;
  }
  return null;
}

function isPrepared(
  { prePrepare, prepares }: PreparedCertificate,
  before: number,
  jurisdiction: Jurisdiction,
): boolean {
  const { view, n, digest } = prePrepare.body;
  const primary = primaryOf(view, jurisdiction);
  if (view >= before || prePrepare.signer !== primary) return false;
  if (!jurisdiction.isSigned(prePrepare)) return false;
  const matching = prepares.filter(({ body, signer }) => {
    return signer !== primary && body.view === view && body.n === n && body.digest === digest;
  });
  if (matching.length !== prepares.length) return false;
  return signersOf(matching, jurisdiction) >= byzantineQuorum(jurisdiction.voters.length) - 1;
}

function newViewProblem(
  { view, viewChanges, prePrepares }: NewView,
  jurisdiction: Jurisdiction,
): string | null {
  const valid = viewChanges.filter(({ body }) => {
    return body.view === view && viewChangeProblem(body, jurisdiction) === null;
  });
  if (valid.length !== viewChanges.length) return 'a view change that is not valid';
  const quorum = byzantineQuorum(jurisdiction.voters.length);
  if (signersOf(valid, jurisdiction) < quorum) return 'too few view changes';
  const expected = assignments(viewChanges.map(({ body }) => body));
  const primary = primaryOf(view, jurisdiction);
  const isSame =
    expected.length === prePrepares.length &&
    prePrepares.every(({ body, signer }, i) => {
      const { n, digest } = expected[i] as { n: number; digest: string };
      return signer === primary && body.view === view && body.n === n && body.digest === digest;
    });
  return isSame ? null : 'proposals that do not follow from its view changes';
}

function assignments(viewChanges: readonly ViewChange[]): { n: number; digest: string }[] {
  const min = Math.max(0, ...viewChanges.map(({ stable }) => stable));
  const entries = viewChanges.flatMap(({ prepared }) => prepared.map((p) => p.prePrepare.body));
  const max = Math.max(min, ...entries.map(({ n }) => n));
  return Array.from({ length: max - min }, (_, i) => {
    const n = min + 1 + i;
    const [best] = entries.filter((entry) => entry.n === n).sort((a, b) => b.view - a.view);
    return { n, digest: best?.digest ?? nullDigest };
  });
}

/** Distinct voters among the signers, or -1 when a signature is false. */
function signersOf(statements: readonly Signed[], { voters, isSigned }: Jurisdiction): number {
  const signers = new Set(statements.map(({ signer }) => signer));
  if (![...signers].every((signer) => voters.includes(signer))) return -1;
  return statements.every(isSigned) ? signers.size : -1;
}
