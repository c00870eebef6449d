/**
 * What one replica has seen signed: kept for who asks, and held against who signed it. What nobody has verified is verified
 * before it convicts anyone or is shown to anyone.
 */
import type {
  Accountability,
  Certificate,
  Decided,
  Evidence,
  EvidenceWatch,
  Jurisdiction,
} from '#protocols/core/evidence.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed, Standing } from '#protocols/core/signed.ts';
import { StatementArchive } from '#protocols/core/statement-archive.ts';
import { protocolNamed } from '#protocols/registry.ts';
import type { Verifier } from '../host/signer.ts';
import { domainOf } from './epoch-keys.ts';
import type { EpochSetting, Testimony } from './worker-messages.ts';

interface WitnessOptions {
  readonly self: ReplicaId;
  readonly epoch: EpochSetting;
  readonly verifier: Verifier;
  /** Hears of each piece of evidence against another than `self`. */
  readonly found: (evidence: Evidence) => void;
}

export class Witness {
  readonly #rules: Accountability;
  readonly #jurisdiction: Jurisdiction;
  readonly #archive = new StatementArchive();
  readonly #watch: EvidenceWatch;
  readonly #options: WitnessOptions;
  /** Testimonies are given in the order they were asked for. */
  #testified: Promise<unknown> = Promise.resolve();

  constructor(rules: Accountability, options: WitnessOptions) {
    const { epoch } = options;
    this.#rules = rules;
    this.#options = options;
    // Only what was verified, nested statements too, is seen by the watch.
    const isSigned = () => true;
    const { voters, switches } = epoch;
    this.#jurisdiction = { domain: domainOf(epoch), voters, switches, isSigned };
    this.#watch = rules.createWatch(this.#jurisdiction);
  }

  /** The witness of a replica in an epoch; `null` where nobody is held to what they say. */
  static of(options: WitnessOptions): Witness | null {
    const { accountability } = protocolNamed(options.epoch.protocol);
    return accountability && new Witness(accountability, options);
  }

  /** What this replica signed itself. */
  readonly signed = (statement: Signed): void => this.#archive.hear(statement);

  /** What came from others and was let in. */
  readonly letIn = (statement: Signed, standing: Standing): void => {
    if (standing === 'verified') this.#hear(statement);
    else {
      this.#archive.hold(statement);
      this.#watch.hold(statement);
    }
    for (const suspect of this.#watch.takeSuspects()) void this.#verify(suspect);
  };

  /** What an earlier life of this replica had heard, its own among it. */
  recall(statements: readonly Signed[]): void {
    for (const statement of statements) this.#hear(statement);
  }

  /** @param slot `null`: all that is kept */
  testify(slot: Decided | null): Promise<Testimony> {
    const testimony = this.#testified.then(() => this.#testify(slot));
    this.#testified = testimony;
    return testimony;
  }

  async #testify(slot: Decided | null): Promise<Testimony> {
    const held = this.#archive.takeUnverified();
    while (held.length > 0) {
      const some = held.splice(0, limits.verifyingAtOnceMax);
      await Promise.all(some.map((statement) => this.#verify(statement)));
    }
    const statements = [...this.#archive.statements()];
    const all = this.#certificates(statements);
    const certificates = slot === null ? all : this.#rules.decisionOf(all, slot);
    return { slot, statements: slot === null ? statements : [], certificates };
  }

  async #verify(statement: Signed): Promise<void> {
    if (await this.#options.verifier.verify(statement)) this.#hear(statement);
  }

  #hear(statement: Signed): void {
    const { self, found } = this.#options;
    this.#archive.hear(statement);
    for (const evidence of this.#watch.see(statement)) {
      if (evidence.accused !== self) found(evidence);
    }
  }

  #certificates(statements: readonly Signed[]): Certificate[] {
    const votes = new Map<string, Map<ReplicaId, Signed>>();
    for (const statement of statements) {
      const key = this.#rules.decidedBy(statement.body);
      if (key === null) continue;
      const same = votes.get(key) ?? new Map<ReplicaId, Signed>();
      votes.set(key, same.set(statement.signer, statement));
    }
    const certificates = [...votes.values()].map((same) => [...same.values()]);
    return certificates.filter(
      (certificate) => this.#rules.certificateProblem(certificate, this.#jurisdiction) === null,
    );
  }
}
