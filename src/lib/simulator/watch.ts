/** The simulator's eyes: every step of every replica, held against the protocol's checker. */
import type { Checker, Violation } from '#protocols/core/checker.ts';
import type { Command, Result } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Milestone } from '#protocols/core/laboratory.ts';
import type { Effect, Event, Replica } from '#protocols/core/replica.ts';
import type { Outgoing } from '#lib/host/environment.ts';

export interface Applied {
  readonly command: Command | null;
  readonly result: Result;
}

export class Watch {
  /** What was executed at each index, from 1, by whoever was first. */
  readonly applied: Applied[] = [];
  /** The first: what follows it means nothing. */
  violation: Violation | null = null;
  steps = 0;
  leaders = 0;
  snapshotsTaken = 0;
  snapshotsInstalled = 0;
  readonly #liars = new Set<ReplicaId>();
  readonly #checker: Checker<unknown, unknown, unknown> | null;
  readonly #milestoneOf: (note: unknown) => Milestone | null;
  /** Indices of the entries with committed changes of membership. */
  readonly #memberships = new Set<number>();

  constructor(
    checker: Checker<unknown, unknown, unknown> | null,
    milestoneOf: (note: unknown) => Milestone | null,
  ) {
    this.#checker = checker;
    this.#milestoneOf = milestoneOf;
  }

  /** Changes of membership that were committed. */
  get memberships(): number {
    return this.#memberships.size;
  }

  /** What no longer holds; nothing, mostly. */
  found(violations: Iterable<Violation>): void {
    for (const violation of violations) this.violation ??= violation;
  }

  /** The same replica, watched. */
  over(
    self: ReplicaId,
    replica: Replica<unknown, unknown, unknown>,
  ): Replica<unknown, unknown, unknown> {
    const { state } = replica;
    return {
      state,
      step: (event: Event<unknown>) => {
        const effects = replica.step(event);
        this.steps++;
        if (this.#liars.has(self)) return effects;
        for (const effect of effects) this.#note(effect);
        if (this.#checker) this.found(this.#checker.check(state, effects, event));
        return effects;
      },
    };
  }

  /** What leaves a machine, before it does. */
  released(self: ReplicaId, { messages }: Outgoing<unknown>): void {
    if (!this.#checker || this.#liars.has(self)) return;
    for (const { to, envelope } of messages) {
      for (const message of envelope.messages) {
        this.found(this.#checker.released(self, { type: 'send', to, message }));
      }
    }
  }

  crashed(self: ReplicaId): void {
    this.#checker?.forget(self);
  }

  /** From here on it lies: only what its lies do to others is looked at. */
  distrust(self: ReplicaId): void {
    if (this.#liars.has(self)) return;
    this.#liars.add(self);
    this.#checker?.distrust(self);
  }

  #note(effect: Effect<unknown, unknown>): void {
    if (effect.type === 'apply') {
      const { index, command, result } = effect;
      if (index > this.applied.length) this.applied[index - 1] = { command, result };
    } else if (effect.type === 'note') this.#reach(this.#milestoneOf(effect.note));
  }

  #reach(milestone: Milestone | null): void {
    if (milestone === null) return;
    switch (milestone.type) {
      case 'leader':
        this.leaders++;
        return;
      case 'snapshotTaken':
        this.snapshotsTaken++;
        return;
      case 'snapshotInstalled':
        this.snapshotsInstalled++;
        return;
      case 'membership':
        this.#memberships.add(milestone.index);
    }
  }
}
