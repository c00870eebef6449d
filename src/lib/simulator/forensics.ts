/**
 * The court in a simulated cluster. It knows no more than honest replicas do: what each of them signed or let in, and
 * verified before it is held against anyone.
 * Who really lies it is told only to see that nobody else is ever convicted.
 */
import type {
  Accountability,
  Certificate,
  Evidence,
  EvidenceWatch,
  Jurisdiction,
  Verdict,
} from '#protocols/core/evidence.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { StatementArchive } from '#protocols/core/statement-archive.ts';

interface Decision {
  readonly by: ReplicaId;
  readonly votes: Certificate;
}

export interface Fork {
  /** `slot 3`. */
  readonly what: string;
  /** Whether the two were decided in different views. */
  readonly isAcross: boolean;
  readonly verdict: Verdict;
}

interface Transcript {
  readonly archive: StatementArchive;
  /** By what they decide: the votes heard, one of each signer, until they are enough. */
  readonly votes: Map<string, Map<ReplicaId, Signed>>;
}

/** What came of it all at the end of a run. */
export interface CourtRecord {
  /** Pieces of evidence by kind, the court's own included. */
  readonly evidence: Readonly<Record<string, number>>;
  readonly convicted: number;
  /** Convicted although they never lied: there must be none. */
  readonly framed: readonly ReplicaId[];
  /** The first, and what the court says of it. */
  readonly fork: {
    readonly what: string;
    readonly isAcross: boolean;
    readonly verdict: Verdict['verdict'];
    readonly because: string;
  } | null;
}

export function recordOf(forensics: Forensics | null): CourtRecord | null {
  if (!forensics) return null;
  const { fork } = forensics;
  const evidence: Record<string, number> = {};
  for (const { kind } of [...forensics.evidence, ...(fork?.verdict.evidence ?? [])]) {
    evidence[kind] = (evidence[kind] ?? 0) + 1;
  }
  const convicted = [...forensics.convicted()];
  const framed = convicted.filter((id) => !forensics.isLiar(id));
  return {
    evidence,
    convicted: convicted.length,
    framed,
    fork: fork && { ...fork, verdict: fork.verdict.verdict, because: fork.verdict.because },
  };
}

export class Forensics {
  /** Evidence of all kinds that was found while the run went on. */
  readonly evidence: Evidence[] = [];
  /** The first, with what the court makes of it. */
  fork: Fork | null = null;
  readonly #rules: Accountability;
  readonly #jurisdiction: Jurisdiction;
  readonly isLiar: (id: ReplicaId) => boolean;
  readonly #watch: EvidenceWatch;
  readonly #seen = new WeakSet<Signed>();
  readonly #transcripts = new Map<ReplicaId, Transcript>();
  /** By what was decided: by whoever knew it first. */
  readonly #decisions = new Map<string, Decision>();

  constructor(
    rules: Accountability,
    jurisdiction: Jurisdiction,
    isLiar: (id: ReplicaId) => boolean,
  ) {
    this.#rules = rules;
    this.#jurisdiction = jurisdiction;
    this.isLiar = isLiar;
    this.#watch = rules.createWatch(jurisdiction);
  }

  /** `self` signed or verified `statement`. */
  hear(self: ReplicaId, statement: Signed): void {
    if (this.isLiar(self)) return;
    const transcript = this.#transcriptOf(self);
    transcript.archive.hear(statement);
    this.#see(statement);
    this.#verifySuspects();
    this.#count(self, transcript, statement);
  }

  /** `self` let `statement` in without verifying it, since nothing depended on it any more. */
  hold(self: ReplicaId, statement: Signed): void {
    if (this.isLiar(self)) return;
    this.#transcriptOf(self).archive.hold(statement);
    this.#watch.hold(statement);
    this.#verifySuspects();
  }

  /** Everybody whom evidence or the court names. */
  convicted(): Set<ReplicaId> {
    const all = [...this.evidence, ...(this.fork?.verdict.evidence ?? [])];
    return new Set(all.map(({ accused }) => accused));
  }

  #transcriptOf(self: ReplicaId): Transcript {
    let transcript = this.#transcripts.get(self);
    if (!transcript) {
      transcript = { archive: new StatementArchive(), votes: new Map() };
      this.#transcripts.set(self, transcript);
    }
    return transcript;
  }

  #see(statement: Signed): void {
    if (this.#seen.has(statement)) return;
    this.#seen.add(statement);
    this.evidence.push(...this.#watch.see(statement));
  }

  #verifySuspects(): void {
    for (const suspect of this.#watch.takeSuspects()) {
      if (this.#jurisdiction.isSigned(suspect)) this.#see(suspect);
    }
  }

  #count(self: ReplicaId, { votes }: Transcript, statement: Signed): void {
    const key = this.#rules.decidedBy(statement.body);
    if (key === null) return;
    let same = votes.get(key);
    if (!same) votes.set(key, (same = new Map()));
    if (same.has(statement.signer)) return;
    same.set(statement.signer, statement);
    const certificate = [...same.values()];
    if (this.#rules.certificateProblem(certificate, this.#jurisdiction) !== null) return;
    if (!this.#decisions.has(key)) this.#decide(key, { by: self, votes: certificate });
  }

  #decide(key: string, decision: Decision): void {
    for (const earlier of this.#decisions.values()) {
      if (this.fork) break;
      const what = this.#rules.conflictOf(earlier.votes, decision.votes);
      if (what === null) continue;
      const isAcross = viewOf(earlier.votes) !== viewOf(decision.votes);
      this.fork = { what, isAcross, verdict: this.#judge(earlier, decision) };
    }
    this.#decisions.set(key, decision);
  }

  /** By what one honest replica has: of all, the one that has most against somebody (B.4.1). */
  #judge(earlier: Decision, later: Decision): Verdict {
    const verdicts = [...this.#transcripts.values()].map(({ archive }) => {
      for (const held of archive.takeUnverified()) {
        if (this.#jurisdiction.isSigned(held)) archive.hear(held);
      }
      return this.#rules.court(
        [earlier.votes, later.votes],
        archive.statements(),
        this.#jurisdiction,
      );
    });
    return verdicts.reduce((most, other) =>
      other.evidence.length > most.evidence.length ? other : most,
    );
  }
}

/** Of a vote: every protocol with a court numbers its views. */
function viewOf([vote]: Certificate): unknown {
  return vote && (vote.body as { readonly view?: unknown }).view;
}
