/** What executing the log gave: the same on every replica, and to every client once (I14). */
import type { Violation } from '../core/checker.ts';
import type { ClientReply, Command, Result, ResultError } from '../core/client.ts';
import type { ClientId, ReplicaId } from '../core/ids.ts';
import { isSame } from './invariants-local.ts';
import type { Snapshot } from './snapshot.ts';
import type { RaftEffect, RaftState } from './state.ts';

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
  readonly #snapshots = new Map<number, Snapshot>();

  /** I14: the same command with the same result at the same index everywhere; one outcome for one request. */
  check({ self }: RaftState, effects: readonly RaftEffect[], found: Violation[]): void {
    for (const effect of effects) {
      if (effect.type === 'apply') {
        const known = (this.#applied[effect.index - 1] ??= effect);
        const same = isSame(known.command, effect.command) && isSame(known.result, effect.result);
        if (!same) found.push({ id: 'I14', text: `${self} applied another ${effect.index}` });
      } else if (effect.type === 'reply' && effect.reply.type === 'done') {
        this.#checkAnswer(effect.to, effect.reply, found);
      }
    }
  }

  /** Snapshots up to one index are the same. */
  checkSnapshot(self: ReplicaId, snapshot: Snapshot, found: Violation[]): void {
    const index = snapshot.lastIncludedIndex;
    const known = this.#snapshots.get(index) ?? snapshot;
    this.#snapshots.set(index, known);
    if (!isSame(known, snapshot)) {
      found.push({ id: 'I14', text: `${self} has another snapshot of ${index}` });
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
      found.push({ id: 'I14', text: `request ${client} ${seq} had two outcomes` });
    }
  }
}
