/**
 * What convicts by itself: a view change whose certificates prove nothing (E5), a new view that does not follow from
 * its view changes (E4). Both are judged by the rules that honest replicas keep to, from the statement alone.
 */
import type { EvidenceKind, Jurisdiction } from '../core/evidence.ts';
import type { Signed } from '../core/signed.ts';
import { statementsIn } from './evidence-parts.ts';
import type { NewView, PbftStatement, ViewChange } from './messages.ts';
import { primaryOf, settingOf } from './setting.ts';
import { reasonToRefuseNewView, reasonToRefuseViewChange } from './view-change-rules.ts';

/** P16: every certificate in it is one, signatures included, which an honest signer has checked before it kept them. */
export const badViewChange: EvidenceKind<PbftStatement> = {
  id: 'E5',
  title: 'a view change with a certificate that is none',
  convicts(parts, jurisdiction) {
    const [part] = parts;
    if (!part || parts.length !== 1 || !isOf(part, 'VIEW-CHANGE')) return null;
    const problem = viewChangeProblem(part, jurisdiction);
    return problem === null ? null : `moved to view ${part.body.view} with ${problem}`;
  },
};

/** P17: V is a quorum of valid view changes, and O is what follows from them. */
export const badNewView: EvidenceKind<PbftStatement> = {
  id: 'E4',
  title: 'a new view that does not follow from its view changes',
  convicts(parts, jurisdiction) {
    const [part] = parts;
    if (!part || parts.length !== 1 || !isOf(part, 'NEW-VIEW')) return null;
    if (part.signer !== primaryOf(part.body.view, jurisdiction)) return null;
    const problem = newViewProblem(part, jurisdiction);
    return problem === null ? null : `began view ${part.body.view} with ${problem}`;
  },
};

const viewChangeProblems = {
  stranger: 'no seat on the roster',
  'unproven-checkpoint': 'a checkpoint that nothing proves',
  'wrong-slot': 'a certificate for a slot out of place',
  'unproven-prepared': 'a certificate that is none',
} as const;

/** The widest window a room can have: what is valid in a narrower one is valid in it. */
function viewChangeProblem(part: Signed<ViewChange>, jurisdiction: Jurisdiction): string | null {
  const reason = reasonToRefuseViewChange(part, settingOf(jurisdiction.voters, {}));
  if (reason !== null) return viewChangeProblems[reason];
  return signaturesProblem(part, jurisdiction);
}

const newViewProblems = {
  'not-primary': 'no right to',
  duplicate: 'a view change twice',
  'too-few': 'too few view changes',
  'other-view': 'a view change to another view',
  'invalid-view-change': 'a view change that is not valid',
  'wrong-pre-prepares': 'proposals that do not follow from its view changes',
} as const;

function newViewProblem(part: Signed<NewView>, jurisdiction: Jurisdiction): string | null {
  const reason = reasonToRefuseNewView(part, settingOf(jurisdiction.voters, {}));
  if (reason !== null) return newViewProblems[reason];
  return signaturesProblem(part, jurisdiction);
}

function signaturesProblem(
  part: Signed<NewView | ViewChange>,
  { isSigned }: Jurisdiction,
): string | null {
  for (const inner of statementsIn(part)) {
    if (inner !== part && !isSigned(inner)) return 'a false signature in it';
  }
  return null;
}

function isOf<K extends PbftStatement['kind']>(
  part: Signed<PbftStatement>,
  kind: K,
): part is Signed<Extract<PbftStatement, { kind: K }>> {
  return part.body.kind === kind;
}
