/** What the statements of PBFT can prove: its watch, its certificates and its court, as anyone may use them. */
import * as v from 'valibot';
import type { Accountability, Certificate, Jurisdiction } from '../core/evidence.ts';
import { DossierWatch, type WatchRules } from '../core/evidence-watch.ts';
import { byzantineQuorum } from '../core/quorum.ts';
import { signedSchema } from '../core/signed.ts';
import { court } from './court.ts';
import {
  doubleCheckpoint,
  doubleNewView,
  doubleProposal,
  doubleViewChange,
  doubleVote,
  omission,
} from './evidence-kinds.ts';
import {
  checkpointSchema,
  commitSchema,
  newViewSchema,
  prepareSchema,
  prePrepareSchema,
  viewChangeSchema,
  type PbftStatement,
} from './messages.ts';
import { statementsIn } from './evidence-parts.ts';
import { badNewView, badViewChange } from './evidence-proofs.ts';

const statementSchema = signedSchema<PbftStatement>(
  v.union([
    prePrepareSchema,
    prepareSchema,
    commitSchema,
    checkpointSchema,
    viewChangeSchema,
    newViewSchema,
  ]),
);

const kinds = [
  doubleProposal,
  doubleVote,
  doubleCheckpoint,
  badNewView,
  badViewChange,
  doubleNewView,
  omission,
  doubleViewChange,
];

const watchRules: WatchRules<PbftStatement> = {
  kinds,
  statementsIn,
  topicOf,
  isLarge: ({ kind }) => kind === 'VIEW-CHANGE' || kind === 'NEW-VIEW',
  rivalsAmong: ({ kind }) =>
    kind === 'COMMIT' ? 'large' : kind === 'VIEW-CHANGE' ? 'small' : 'none',
  areRivals: ({ kind: kept }, { kind: seen }) =>
    kept === (seen === 'COMMIT' ? 'VIEW-CHANGE' : 'COMMIT'),
};

export const pbftAccountability: Accountability<PbftStatement> = {
  statement: statementSchema,
  kinds,
  statementsIn,
  createWatch: (jurisdiction) => new DossierWatch(watchRules, jurisdiction),
  decidedBy: (body) => (body.kind === 'COMMIT' ? `${body.view} ${body.n} ${body.digest}` : null),
  decisionOf: (certificates, { n }) =>
    certificates.filter(([first]) => first?.body.kind === 'COMMIT' && first.body.n === n),
  certificateProblem,
  conflictOf,
  court,
};

/** Of two statements on one topic by one signer, an honest one makes one (PI7). */
function topicOf(body: PbftStatement): string {
  switch (body.kind) {
    case 'PRE-PREPARE':
    case 'PREPARE':
    case 'COMMIT':
      return `${body.kind} ${body.view} ${body.n}`;
    case 'CHECKPOINT':
      return `${body.kind} ${body.n}`;
    case 'VIEW-CHANGE':
    case 'NEW-VIEW':
      return `${body.kind} ${body.view}`;
  }
}

/** P9: a quorum of distinct voters, one view, one slot, one digest. */
function certificateProblem(
  certificate: Certificate<PbftStatement>,
  { voters }: Jurisdiction,
): string | null {
  const [first] = certificate;
  if (first?.body.kind !== 'COMMIT') return 'it holds no COMMIT';
  const { view, n, digest } = first.body;
  const signers = new Set<string>();
  for (const { body, signer } of certificate) {
    if (body.kind !== 'COMMIT') return 'it holds something other than COMMITs';
    if (body.view !== view || body.n !== n || body.digest !== digest) {
      return 'its COMMITs are for different things';
    }
    if (!voters.includes(signer)) return 'a signer is not on the roster';
    signers.add(signer);
  }
  const needed = byzantineQuorum(voters.length);
  return signers.size < needed ? `${signers.size} signers, and it takes ${needed}` : null;
}

/** PI1: one digest for a slot, in whatever view. */
function conflictOf(
  [first]: Certificate<PbftStatement>,
  [second]: Certificate<PbftStatement>,
): string | null {
  if (first?.body.kind !== 'COMMIT' || second?.body.kind !== 'COMMIT') return null;
  const { n, digest } = first.body;
  return n === second.body.n && digest !== second.body.digest ? `slot ${n}` : null;
}
