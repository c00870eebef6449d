/** What one replica has seen signed: kept for who asks, and held against who signed it. */
import type {
  Accountability,
  Certificate,
  Evidence,
  Jurisdiction,
} from '#protocols/core/evidence.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { StatementArchive } from '#protocols/core/statement-archive.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { domainOf } from './epoch-keys.ts';
import type { EpochSetting, Testimony } from './worker-messages.ts';

export class Witness {
  readonly #rules: Accountability;
  readonly #jurisdiction: Jurisdiction;
  readonly #archive = new StatementArchive();
  readonly #see: (statement: Signed) => void;

  /** @param found called with each piece of evidence against another than `self` */
  constructor(
    rules: Accountability,
    { self, epoch }: { readonly self: ReplicaId; readonly epoch: EpochSetting },
    found: (evidence: Evidence) => void,
  ) {
    this.#rules = rules;
    // Only what was verified, nested statements too, is heard here.
    const isSigned = () => true;
    this.#jurisdiction = { domain: domainOf(epoch), voters: epoch.voters, isSigned };
    const watch = rules.createWatch(this.#jurisdiction);
    this.#see = (statement) => {
      for (const evidence of watch.see(statement)) if (evidence.accused !== self) found(evidence);
    };
  }

  /** The witness of a replica in `epoch`; `null` where nobody is held to what they say. */
  static of(
    self: ReplicaId,
    epoch: EpochSetting,
    found: (evidence: Evidence) => void,
  ): Witness | null {
    const { accountability } = protocolNamed(epoch.protocol);
    return accountability && new Witness(accountability, { self, epoch }, found);
  }

  /** What this replica signed itself. */
  readonly signed = (statement: Signed): void => this.#archive.hear(statement);

  /** What came from others and was verified. */
  readonly verified = (statement: Signed): void => {
    this.#archive.hear(statement);
    this.#see(statement);
  };

  /** What an earlier life of this replica had heard, its own among it. */
  recall(statements: readonly Signed[]): void {
    for (const statement of statements) this.verified(statement);
  }

  /** @param slot `null`: all that is kept */
  testify(slot: number | null): Testimony {
    const statements = [...this.#archive.statements()];
    const certificates = this.#certificates(statements, slot);
    return { slot, statements: slot === null ? statements : [], certificates };
  }

  #certificates(statements: readonly Signed[], slot: number | null): Certificate[] {
    const votes = new Map<string, Map<ReplicaId, Signed>>();
    for (const statement of statements) {
      const key = this.#rules.decidedBy(statement.body);
      if (key === null || (slot !== null && this.#rules.slotOf(statement.body) !== slot)) continue;
      const same = votes.get(key) ?? new Map<ReplicaId, Signed>();
      votes.set(key, same.set(statement.signer, statement));
    }
    const certificates = [...votes.values()].map((same) => [...same.values()]);
    return certificates.filter(
      (certificate) => this.#rules.certificateProblem(certificate, this.#jurisdiction) === null,
    );
  }
}
