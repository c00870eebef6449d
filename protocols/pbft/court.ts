/**
 * Who lied, once two slots of one number are committed with different digests (B.4.1; Sheng et al., "BFT Protocol
 * Forensics", 2021). At least f + 1 are found while at most 2f lied, from what one honest replica has.
 *
 * Two quorums share f + 1 replicas. In one view these signed twice (E2). In two views v < v', the first NEW-VIEW after v
 * that gives the slot another digest was made from the view changes of a quorum, f + 1 of which had signed the commit
 * of v: they hid it (E7), or the primary did not keep to them (E4). Nobody honest entered a view by one that does not
 * follow from its view changes: who really gave the slot up comes after it.
 */
import {
  prove,
  type Certificate,
  type Evidence,
  type Jurisdiction,
  type Verdict,
} from '../core/evidence.ts';
import { faultsTolerated } from '../core/quorum.ts';
import type { Signed } from '../core/signed.ts';
import { doubleProposal, doubleVote, omission } from './evidence-kinds.ts';
import { badNewView } from './evidence-proofs.ts';
import type { Commit, NewView, PbftStatement } from './messages.ts';

type Statements = readonly Signed<PbftStatement>[];

export function court(
  certificates: readonly [Certificate<PbftStatement>, Certificate<PbftStatement>],
  atHand: Iterable<Signed<PbftStatement>>,
  jurisdiction: Jurisdiction,
): Verdict<PbftStatement> {
  const [earlier, later] = [...certificates].sort((a, b) => viewOf(a) - viewOf(b));
  const [decided, other] = [earlier?.[0]?.body, later?.[0]?.body];
  if (!earlier || !later || decided?.kind !== 'COMMIT' || other?.kind !== 'COMMIT') {
    return cannotTell(new Findings(jurisdiction), 'these are no commit certificates');
  }
  if (decided.n !== other.n || decided.digest === other.digest) {
    return cannotTell(
      new Findings(jurisdiction),
      'the two certificates do not contradict each other',
    );
  }
  const findings = new Findings(jurisdiction);
  if (decided.view === other.view) {
    for (const [a, b] of shared(earlier, later)) findings.add([a, b]);
    return findings.verdict(`both certificates are of view ${decided.view}`, 'too few signed both');
  }
  return acrossViews({ earlier, decided, until: other.view, atHand: [...atHand] }, findings);
}

interface AcrossViews {
  readonly earlier: Certificate<PbftStatement>;
  readonly decided: Commit;
  /** The view of the later certificate. */
  readonly until: number;
  readonly atHand: Statements;
}

function acrossViews({ earlier, decided, until, atHand }: AcrossViews, findings: Findings) {
  const { view, n } = decided;
  const turns = atHand
    .filter(isNewView)
    .filter(({ body }) => body.view > view && body.view <= until && departs(body, decided))
    .sort((a, b) => a.body.view - b.body.view);
  for (const turn of turns) {
    findings.add([turn]);
    const { viewChanges } = turn.body;
    for (const [commit, viewChange] of shared(earlier, viewChanges)) {
      findings.add([commit, viewChange]);
    }
    for (const certificate of rivals(viewChanges, decided)) {
      findings.against(certificate, [...earlier, ...atHand]);
    }
  }
  const first = turns.find((turn) => !findings.isBad(turn)) ?? turns[0];
  if (!first) {
    return cannotTell(
      findings,
      `no NEW-VIEW after view ${view} that gives slot ${n} up is at hand`,
    );
  }
  const place = `the NEW-VIEW of view ${first.body.view} gives up slot ${n}, committed in view ${view}`;
  const verdict = findings.verdict(place, `${place}, and its view changes hide too little`);
  return verdict.verdict === 'liars' ? { ...verdict, grounds: [first] } : verdict;
}

/** Certificates of the same view and slot with another digest: f + 1 of those who prepared that have signed the commit too. */
function rivals(
  viewChanges: NewView['viewChanges'],
  { view, n, digest }: Commit,
): readonly Statements[] {
  return viewChanges
    .flatMap(({ body }) => body.prepared)
    .filter(({ prePrepare: { body } }) => {
      return body.n === n && body.view === view && body.digest !== digest;
    })
    .map(({ prePrepare, prepares }) => [prePrepare, ...prepares]);
}

/** Whether `newView` leaves `decided` out: another digest for its slot, or none although no checkpoint covers it. */
function departs({ viewChanges, prePrepares }: NewView, { n, digest }: Commit): boolean {
  if (viewChanges.some(({ body }) => body.stable >= n)) return false;
  return prePrepares.find(({ body }) => body.n === n)?.body.digest !== digest;
}

/** Evidence found so far, one piece against each member. */
class Findings {
  readonly #jurisdiction: Jurisdiction;
  readonly #byMember = new Map<string, Evidence<PbftStatement>>();

  constructor(jurisdiction: Jurisdiction) {
    this.#jurisdiction = jurisdiction;
  }

  get evidence(): readonly Evidence<PbftStatement>[] {
    return [...this.#byMember.values()];
  }

  add(parts: Statements): void {
    for (const kind of [doubleVote, doubleProposal, badNewView, omission]) {
      const evidence = prove(kind, parts, this.#jurisdiction);
      if (evidence && !this.#byMember.has(evidence.accused)) {
        this.#byMember.set(evidence.accused, evidence);
      }
    }
  }

  /** Whether `newView` convicts whoever made it. */
  isBad(newView: Signed<NewView>): boolean {
    return badNewView.convicts([newView], this.#jurisdiction) !== null;
  }

  /** Each of `statements` against everything at hand by the same signer. */
  against(statements: Statements, atHand: Statements): void {
    for (const [a, b] of shared(statements, atHand)) this.add([a, b]);
  }

  verdict(because: string, tooLittle: string): Verdict<PbftStatement> {
    const needed = faultsTolerated(this.#jurisdiction.voters.length) + 1;
    const { evidence } = this;
    if (evidence.length < needed) return cannotTell(this, tooLittle);
    return { verdict: 'liars', evidence, because };
  }
}

function cannotTell({ evidence }: Findings, because: string): Verdict<PbftStatement> {
  return { verdict: 'cannot tell', evidence, because };
}

/** Pairs of statements by one signer, one from each list. */
function* shared(
  first: Statements,
  second: Statements,
): Generator<[Signed<PbftStatement>, Signed<PbftStatement>]> {
  for (const a of first) for (const b of second) if (a.signer === b.signer) yield [a, b];
}

function isNewView(statement: Signed<PbftStatement>): statement is Signed<NewView> {
  return statement.body.kind === 'NEW-VIEW';
}

function viewOf([first]: Certificate<PbftStatement>): number {
  return first && 'view' in first.body ? first.body.view : -1;
}
