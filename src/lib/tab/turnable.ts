/** A replica that its person can turn while it runs: honest until then, and again when they have had enough. */
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { Effect, Event, Replica } from '#protocols/core/replica.ts';

export type AnyReplica = Replica<unknown, unknown, unknown>;

export class Turnable implements AnyReplica {
  readonly state: AnyReplica['state'];
  readonly #honest: AnyReplica;
  #current: AnyReplica;
  /** Of the last order: an earlier one, whose lies were still being loaded, is void. */
  #order = 0;

  constructor(honest: AnyReplica) {
    this.state = honest.state;
    this.#honest = honest;
    this.#current = honest;
  }

  step(event: Event<unknown>): readonly Effect<unknown, unknown>[] {
    return this.#current.step(event);
  }

  /**
   * Lies as `behaviours` say, all at once, from the next step on; without any it is honest, with the state it has.
   *
   * @param turn wraps the honest replica in lies; loaded only where somebody lies
   */
  async behave(
    behaviours: readonly Behaviour[],
    turn: (honest: AnyReplica) => Promise<AnyReplica>,
  ): Promise<void> {
    const order = ++this.#order;
    const replica = behaviours.length > 0 ? await turn(this.#honest) : this.#honest;
    if (order === this.#order) this.#current = replica;
  }
}
