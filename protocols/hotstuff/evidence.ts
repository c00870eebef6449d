/** What the statements of HotStuff can prove: their watch, certificates and court, as anyone may use them. */
import * as v from 'valibot';
import type { Accountability, EvidenceKind } from '../core/evidence.ts';
import { DossierWatch, type WatchRules } from '../core/evidence-watch.ts';
import { sharedSchema, shownSchema } from '../core/aggregate.ts';
import { signedSchema, type Signed } from '../core/signed.ts';
import { courtOf } from './court.ts';
import { certificateProblem, conflictOf, decidedBy, decisionOf, type Chain } from './decisions.ts';
import {
  doubleProposal,
  doubleVote,
  isAgainstLock,
  knownBy,
  lockViolation,
  lyingTimeout,
  proposalByOther,
  unjustifiedProposal,
} from './evidence-kinds.ts';
import { proposalSchema, timeoutSchema, voteSchema, type HotStuffStatement } from './messages.ts';

/** A vote may stand alone, with a share or without, or be shown by an aggregate. */
const statementSchema: v.GenericSchema<unknown, Signed<HotStuffStatement>> = v.union([
  signedSchema<HotStuffStatement>(v.union([proposalSchema, timeoutSchema])),
  sharedSchema(voteSchema),
  shownSchema(voteSchema),
]);

/** Of a rule set: how long a chain of certificates commits. */
export function accountabilityOf(chain: Chain): Accountability<HotStuffStatement> {
  const kinds = [
    doubleProposal,
    doubleVote,
    ...(chain.length === 2 ? [] : [lockViolation(chain)]),
    lyingTimeout(chain),
    unjustifiedProposal,
    proposalByOther,
  ];
  return {
    statement: statementSchema,
    kinds,
    statementsIn: (statement) => [statement],
    createWatch: (jurisdiction) => new DossierWatch(watchRulesOf(kinds), jurisdiction),
    decidedBy: (body) => (body.kind === 'VOTE' ? decidedBy(body) : null),
    decisionOf: (certificates, slot) => decisionOf(chain, certificates, slot),
    certificateProblem,
    conflictOf: (first, second) => conflictOf(chain, first, second),
    court: courtOf(chain, kinds),
  };
}

function watchRulesOf(
  kinds: readonly EvidenceKind<HotStuffStatement>[],
): WatchRules<HotStuffStatement> {
  return {
    kinds,
    statementsIn: (statement) => [statement],
    topicOf: (body) => `${body.kind} ${body.view}${body.kind === 'VOTE' ? ` ${body.phase}` : ''}`,
    isLarge: () => false,
    rivalsAmong: ({ kind }) => (kind === 'PROPOSAL' ? 'none' : 'small'),
    areRivals: (kept, seen) => knownBy(kept, seen) !== null || areVotesAgainstLock(kept, seen),
  };
}

function areVotesAgainstLock(a: HotStuffStatement, b: HotStuffStatement): boolean {
  if (a.kind !== 'VOTE' || b.kind !== 'VOTE') return false;
  return isAgainstLock(a, b) || isAgainstLock(b, a);
}
