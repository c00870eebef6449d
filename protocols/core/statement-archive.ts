/** The verified statements that one replica has seen, so that they can be handed to anyone who wants to check. */
import type { MemberId } from './ids.ts';
import { limits } from './limits.ts';
import type { Signed } from './signed.ts';

export class StatementArchive {
  /** By signer, then by signature, oldest first. */
  readonly #bySigner = new Map<MemberId, Map<string, Signed>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Keeps a statement that was verified. Past {@link limits.statementsArchivedMax} the most talkative signer loses its oldest. */
  hear(statement: Signed): void {
    const { signer, signature } = statement;
    let own = this.#bySigner.get(signer);
    if (!own) this.#bySigner.set(signer, (own = new Map()));
    if (own.has(signature)) return;
    own.set(signature, statement);
    if (++this.#size > limits.statementsArchivedMax) this.#dropOne();
  }

  /** All that is kept, signer by signer, each in the order heard. */
  *statements(): Generator<Signed, void> {
    for (const own of this.#bySigner.values()) yield* own.values();
  }

  #dropOne(): void {
    let most: Map<string, Signed> | null = null;
    for (const own of this.#bySigner.values()) if (own.size > (most?.size ?? 0)) most = own;
    for (const oldest of most?.keys() ?? []) {
      most?.delete(oldest);
      this.#size--;
      return;
    }
  }
}
