/**
 * Compares what replicas say that they executed. What a trace says proves nothing: where two differ, their certificates
 * are asked for.
 */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';

/** Slots remembered of each replica: more than its summary shows. */
const slotsMax = 64;

export class Suspicion {
  /** Digests of what each executed, by slot. */
  readonly #executed = new Map<ReplicaId, Map<number, string>>();
  readonly #asked = new Set<string>();

  /** Takes in what `from` shows; returns who must show their votes for which slot, each once. */
  compare(
    from: ReplicaId,
    { slots }: ReplicaSummary,
  ): readonly { readonly replica: ReplicaId; readonly slot: number }[] {
    const own = this.#executed.get(from) ?? new Map<number, string>();
    this.#executed.set(from, own);
    const questions: { replica: ReplicaId; slot: number }[] = [];
    for (const { n, digest, executed } of slots?.rows ?? []) {
      if (!executed || digest === '' || own.has(n)) continue;
      own.set(n, digest);
      const [oldest] = own.keys();
      if (own.size > slotsMax && oldest !== undefined) own.delete(oldest);
      for (const [replica, theirs] of this.#executed) {
        if ((theirs.get(n) ?? digest) === digest) continue;
        questions.push(...this.#ask(replica, n), ...this.#ask(from, n));
      }
    }
    return questions;
  }

  #ask(replica: ReplicaId, slot: number): { replica: ReplicaId; slot: number }[] {
    const key = `${replica} ${slot}`;
    if (this.#asked.has(key) || this.#asked.size >= slotsMax) return [];
    this.#asked.add(key);
    return [{ replica, slot }];
  }
}
