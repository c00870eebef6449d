/**
 * What one turn of a replica lets out, and when: what stands before its first write as soon as it is signed, the rest
 * once the disk has the write (K2). Disk and signer work side by side.
 */
import type { ClientReply } from '#protocols/core/client.ts';
import type { ClientId, ReplicaId } from '#protocols/core/ids.ts';
import type { Write } from '#protocols/core/replica.ts';
import { Outbox } from './outbox.ts';
import { isLater } from './signer.ts';
import type { Signing } from './signing.ts';
import type { PersistOutcome } from './storage.ts';

export interface DeparturesContext<M> {
  readonly self: ReplicaId;
  readonly signing: Signing | null;
  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void;
  release(outbox: Outbox<M>): void;
  /** Nothing of the turn may leave any more. */
  failed(why: string): void;
}

export class Departures<M> {
  readonly #context: DeparturesContext<M>;
  #early = new Outbox<M>();
  #late = new Outbox<M>();
  #writes: Write[] | null = null;

  constructor(context: DeparturesContext<M>) {
    this.#context = context;
  }

  write(writes: readonly Write[]): void {
    this.#writes ??= [];
    this.#writes.push(...writes);
  }

  reply(to: ClientId, reply: ClientReply): void {
    this.#outbox.reply(to, reply);
  }

  /**
   * @returns what of it comes back to the sender within the turn: `message` signed, if it is for itself too and there
   * is neither a write nor a signature to wait for; `null` otherwise.
   */
  send(to: readonly ReplicaId[], message: M): M | null {
    const { self, signing } = this.#context;
    const outbox = this.#outbox;
    const signed = signing ? signing.sign(message) : message;
    if (isLater(signed)) outbox.await(message, signed);
    const leaving = isLater(signed) ? message : signed;
    let back: M | null = null;
    for (const receiver of to) {
      if (receiver !== self) outbox.address(receiver, leaving);
      else if (this.#writes || outbox.awaitsSignatures) outbox.loopback.push(leaving);
      else back = leaving;
    }
    return back;
  }

  /** The turn is over; `done` is called when all of it has left, and never if the disk or the signer failed. */
  finish(done: () => void): void {
    const { signing, persist, release, failed } = this.#context;
    signing?.endTurn();
    const [early, late, writes] = [this.#early, this.#late, this.#writes];
    if (!early.isEmpty) this.#early = new Outbox();
    if (!late.isEmpty) this.#late = new Outbox();
    this.#writes = null;
    let awaited = 3;
    const next = (): void => {
      if (--awaited > 0) return;
      release(late);
      done();
    };
    this.#whenSigned(early, () => {
      release(early);
      next();
    });
    this.#whenSigned(late, next);
    if (!writes) return next();
    persist(writes, (outcome) => {
      if (outcome.ok) next();
      else failed(outcome.error);
    });
  }

  get #outbox(): Outbox<M> {
    return this.#writes ? this.#late : this.#early;
  }

  #whenSigned(outbox: Outbox<M>, then: () => void): void {
    if (!outbox.awaitsSignatures) return then();
    const failed = (error: unknown) => this.#context.failed(`It cannot sign: ${String(error)}`);
    // Outside the promise, which would swallow what a core throws.
    outbox.signed().then(() => queueMicrotask(then), failed);
  }
}
