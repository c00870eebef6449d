/** Machines that were turned: what each does instead of the protocol, in this life and the next. */
import { byzantine } from '#protocols/byzantine/liar.ts';
import type { Behaviour, LiarContext } from '#protocols/core/behaviour.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Effect, Event, Replica } from '#protocols/core/replica.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';

type AnyReplica = Replica<unknown, unknown, unknown>;
type Tools = Omit<LiarContext<unknown, unknown, unknown>, 'state'>;

interface Life {
  readonly honest: AnyReplica;
  readonly tools: Tools;
  /** Honest at first, wrapped anew with each lie. */
  current: AnyReplica;
}

export class Liars {
  /** How often something was said or left unsaid because of each behaviour. */
  readonly lies: Record<string, number> = {};
  readonly #laboratory: AnyLaboratory;
  readonly #told = new Map<ReplicaId, Behaviour[]>();
  readonly #lives = new Map<ReplicaId, Life>();

  constructor(laboratory: AnyLaboratory) {
    this.#laboratory = laboratory;
  }

  /** Whether it has ever been turned: nothing it says or holds proves anything any more. */
  has(id: ReplicaId): boolean {
    return this.#told.has(id);
  }

  get size(): number {
    return this.#told.size;
  }

  /** `null` ends its lies; what it said stays said. A behaviour that is not on the menu does nothing. */
  turn(id: ReplicaId, behaviour: Behaviour | null): void {
    const behaviours = this.#told.get(id) ?? [];
    this.#told.set(id, behaviours);
    if (behaviour) behaviours.push(behaviour);
    else behaviours.length = 0;
    const life = this.#lives.get(id);
    if (!life) return;
    if (behaviour) this.#wrap(life, behaviour);
    else life.current = life.honest;
  }

  /** The same replica, which can be turned while it runs. */
  over(honest: AnyReplica, tools: Tools): AnyReplica {
    const life: Life = { honest, tools, current: honest };
    this.#lives.set(tools.self, life);
    for (const behaviour of this.#told.get(tools.self) ?? []) this.#wrap(life, behaviour);
    return {
      state: honest.state,
      step: (event: Event<unknown>): readonly Effect<unknown, unknown>[] =>
        life.current.step(event),
    };
  }

  #wrap(life: Life, behaviour: Behaviour): void {
    const { behaviours, protocol } = this.#laboratory;
    const kind = behaviours.find(({ id }) => id === behaviour.what);
    if (!kind) return;
    life.current = byzantine(life.current, {
      kind,
      behaviour,
      context: life.tools,
      viewOf: (state) => protocol.summarize(state).term,
      tell: ({ instead, sent }) => {
        const told = Math.max(instead.length, sent.length);
        this.lies[kind.id] = (this.lies[kind.id] ?? 0) + told;
      },
    });
  }
}
