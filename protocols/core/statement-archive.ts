/**
 * The statements that one replica has seen, so that they can be handed to anyone who wants to check. What nobody has verified
 * is kept apart: it is shown to no one before it was.
 */
import type { MemberId } from './ids.ts';
import { limits } from './limits.ts';
import type { Signed } from './signed.ts';

export class StatementArchive {
  /** By signer, then by signature, oldest first. */
  readonly #bySigner = new Map<MemberId, Map<string, Signed>>();
  readonly #unverified = new Set<Signed>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Keeps a statement that was verified. Past {@link limits.statementsArchivedMax} the most talkative signer loses its oldest. */
  hear(statement: Signed): void {
    const held = this.#bySigner.get(statement.signer)?.get(statement.signature);
    // A signature that nobody checked may be another's copied: it keeps no place from a true one.
    if (held && this.#unverified.has(held)) this.#drop(held);
    this.#keep(statement);
  }

  /** Keeps a statement whose signature nobody has checked, within the same bound. */
  hold(statement: Signed): void {
    if (this.#keep(statement)) this.#unverified.add(statement);
  }

  /** All that is held unverified comes out: the caller verifies it, and says what is good. */
  takeUnverified(): Signed[] {
    const held = [...this.#unverified];
    for (const statement of held) this.#drop(statement);
    return held;
  }

  /** All that was verified, signer by signer, each in the order heard. */
  *statements(): Generator<Signed, void> {
    for (const own of this.#bySigner.values()) {
      for (const statement of own.values()) {
        if (!this.#unverified.has(statement)) yield statement;
      }
    }
  }

  #keep(statement: Signed): boolean {
    const { signer, signature } = statement;
    let own = this.#bySigner.get(signer);
    if (!own) this.#bySigner.set(signer, (own = new Map()));
    if (own.has(signature)) return false;
    own.set(signature, statement);
    if (++this.#size > limits.statementsArchivedMax) this.#dropOne();
    return true;
  }

  #drop(statement: Signed): void {
    const own = this.#bySigner.get(statement.signer);
    if (own?.delete(statement.signature)) this.#size--;
    this.#unverified.delete(statement);
  }

  #dropOne(): void {
    let most: Map<string, Signed> | null = null;
    for (const own of this.#bySigner.values()) if (own.size > (most?.size ?? 0)) most = own;
    for (const oldest of most?.values() ?? []) return this.#drop(oldest);
  }
}
