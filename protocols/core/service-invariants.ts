/** What executing gave: the same on every replica, and to every client once. */
import type { Violation } from './checker.ts';
import type { ClientReply, Command, Result, ResultError } from './client.ts';
import type { ClientId, ReplicaId } from './ids.ts';
import type { Effect } from './replica.ts';
import { isSame } from './same.ts';

/** Answers that say that nothing was executed; asked again later, the same request may hear another. */
const notExecuted: ReadonlySet<string> = new Set<ResultError>([
  'epoch-ended',
  'session-expired',
  'too-many-clients',
  'too-many-in-flight',
]);

type Done = Extract<ClientReply, { type: 'done' }>;

/** Adds to `found` what does not hold. */
export class ServiceInvariants {
  readonly #applied: { readonly command: Command | null; readonly result: Result }[] = [];
  /** By client and number. */
  readonly #answered = new Map<ClientId, Map<number, Done>>();
  readonly #snapshots = new Map<number, unknown>();
  readonly #invariant: string;

  /** @param invariant its number in the protocol's README */
  constructor(invariant: string) {
    this.#invariant = invariant;
  }

  /** The same command with the same result at the same index everywhere; one outcome for one request. */
  check(self: ReplicaId, effects: readonly Effect<unknown, unknown>[], found: Violation[]): void {
    for (const effect of effects) {
      if (effect.type === 'apply') {
        const known = (this.#applied[effect.index - 1] ??= effect);
        const same = isSame(known.command, effect.command) && isSame(known.result, effect.result);
        if (!same)
          found.push({ id: this.#invariant, text: `${self} applied another ${effect.index}` });
      } else if (effect.type === 'reply' && effect.reply.type === 'done') {
        // What may be taken back is no outcome yet.
        if (effect.reply.tentative !== undefined) continue;
        this.#checkAnswer(effect.to, effect.reply, found);
      }
    }
  }

  /** Snapshots up to one index are the same. */
  checkSnapshot(self: ReplicaId, index: number, snapshot: unknown, found: Violation[]): void {
    const known = this.#snapshots.get(index) ?? snapshot;
    this.#snapshots.set(index, known);
    if (!isSame(known, snapshot)) {
      found.push({ id: this.#invariant, text: `${self} has another snapshot of ${index}` });
    }
  }

  #checkAnswer(client: ClientId, reply: Done, found: Violation[]): void {
    const { seq, index, result } = reply;
    if (!result.ok && notExecuted.has(result.error)) return;
    const answered = this.#answered.get(client) ?? new Map<number, Done>();
    const known = answered.get(seq);
    if (known === undefined) {
      answered.set(seq, reply);
      this.#answered.set(client, answered);
    } else if (known.index !== index || !isSame(known.result, result)) {
      found.push({ id: this.#invariant, text: `request ${client} ${seq} had two outcomes` });
    }
  }
}
