/**
 * Who lied, once two certificates contradict each other (B.4.1; Sheng et al., "BFT Protocol Forensics", 2021). At least
 * f + 1 are found while at most 2f lied.
 *
 * Two quorums share f + 1 replicas. Of one view, these voted twice (E2). Of two views, let the earlier certificate
 * commit a block of view c: the first certificate after it for a block that does not stand on that one stands on a view
 * below c. The votes of both say so themselves: with three chains the signers of both voted against their locks (E10),
 * and with phases too, for what was prepared (E9); with two chains the view of the other block began with timeouts that
 * hid the certificate of view c (E11).
 */
import {
  prove,
  type Evidence,
  type EvidenceKind,
  type Jurisdiction,
  type Verdict,
} from '../core/evidence.ts';
import { faultsTolerated } from '../core/quorum.ts';
import type { Signed } from '../core/signed.ts';
import {
  certificateProblem,
  conflictOf,
  decidedBy,
  voteOf,
  type Chain,
  type Votes,
} from './decisions.ts';
import type { HotStuffStatement } from './messages.ts';

type Statements = readonly Signed<HotStuffStatement>[];

export function courtOf(
  chain: Chain,
  kinds: readonly EvidenceKind<HotStuffStatement>[],
): (
  certificates: readonly [Votes, Votes],
  atHand: Iterable<Signed<HotStuffStatement>>,
  jurisdiction: Jurisdiction,
) => Verdict<HotStuffStatement> {
  return (certificates, atHand, jurisdiction) => {
    const statements = [...atHand];
    const findings = new Findings(kinds, jurisdiction);
    const among = [...certificates, ...certificatesAmong(statements, jurisdiction)];
    for (const [first, second] of conflictsAmong(chain, among, certificates)) {
      findings.against(first, second);
      findings.against([...first, ...second], statements.filter(isTimeout));
      const what = conflictOf(chain, first, second) ?? '';
      if (findings.areEnough) return findings.named(`two certificates part at ${what}`);
    }
    return findings.cannotTell();
  };
}

/** The two that are given, if their votes contradict each other; else what is at hand, the earliest first. */
function* conflictsAmong(
  chain: Chain,
  all: readonly Votes[],
  [first, second]: readonly [Votes, Votes],
): Generator<readonly [Votes, Votes]> {
  const isConflict = (a: Votes, b: Votes): boolean => conflictOf(chain, a, b) !== null;
  if (isConflict(first, second)) yield [first, second];
  const viewIn = (votes: Votes): number => voteOf(votes)?.view ?? 0;
  const sorted = [...all].sort((a, b) => viewIn(a) - viewIn(b));
  for (const [i, later] of sorted.entries()) {
    for (const earlier of sorted.slice(0, i))
      if (isConflict(earlier, later)) yield [earlier, later];
  }
}

/** Quorums of equal votes. */
function certificatesAmong(statements: Statements, jurisdiction: Jurisdiction): Votes[] {
  const equal = new Map<string, Map<string, Signed<HotStuffStatement>>>();
  for (const statement of statements) {
    const { body, signer } = statement;
    if (body.kind !== 'VOTE') continue;
    const key = decidedBy(body);
    const votes = equal.get(key) ?? new Map<string, Signed<HotStuffStatement>>();
    equal.set(key, votes.set(signer, statement));
  }
  const certificates = [...equal.values()].map((votes) => [...votes.values()]);
  return certificates.filter((votes) => certificateProblem(votes, jurisdiction) === null);
}

function isTimeout({ body }: Signed<HotStuffStatement>): boolean {
  return body.kind === 'TIMEOUT';
}

/** Evidence found so far, one piece against each member. */
class Findings {
  readonly #kinds: readonly EvidenceKind<HotStuffStatement>[];
  readonly #jurisdiction: Jurisdiction;
  readonly #byMember = new Map<string, Evidence<HotStuffStatement>>();

  constructor(kinds: readonly EvidenceKind<HotStuffStatement>[], jurisdiction: Jurisdiction) {
    this.#kinds = kinds;
    this.#jurisdiction = jurisdiction;
  }

  get areEnough(): boolean {
    const needed = faultsTolerated(this.#jurisdiction.voters.length) + 1;
    return this.#byMember.size >= needed;
  }

  /** Each of `first` against each of `second` by the same signer. */
  against(first: Statements, second: Statements): void {
    for (const a of first) {
      if (this.#byMember.has(a.signer)) continue;
      for (const b of second) if (a.signer === b.signer) this.#add([a, b]);
    }
  }

  #add(parts: Statements): void {
    for (const kind of this.#kinds) {
      const evidence = prove(kind, parts, this.#jurisdiction);
      if (evidence && !this.#byMember.has(evidence.accused)) {
        this.#byMember.set(evidence.accused, evidence);
      }
    }
  }

  named(because: string): Verdict<HotStuffStatement> {
    return { verdict: 'liars', evidence: [...this.#byMember.values()], because };
  }

  cannotTell(): Verdict<HotStuffStatement> {
    const because = 'no two certificates at hand show who signed against whom';
    return { verdict: 'cannot tell', evidence: [...this.#byMember.values()], because };
  }
}
