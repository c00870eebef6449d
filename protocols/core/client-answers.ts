/** Who gave which answer to one request, and when one of them is certain (PBFT's P1). */
import type { ClientReply } from './client.ts';
import type { ReplicaId } from './ids.ts';

/** Equal answers of distinct replicas that a client waits for. */
export interface Needed {
  /** Final ones: 1, or f + 1 where replicas may lie. */
  readonly replies: number;
  /** Of which some may be tentative: so many replicas that any two sets of them share an honest one. */
  readonly quorum: number;
}

/** `tentative`: a quorum says so, though fewer than are needed say that it is final. */
export type Certainty = 'final' | 'tentative';

export type Answer = Pick<Extract<ClientReply, { type: 'done' | 'read' }>, 'index' | 'result'> & {
  readonly tentative?: number;
};

interface Given {
  readonly text: string;
  /** `null`: final. */
  readonly view: number | null;
}

export class Answers {
  /** The last of each replica: who changes its mind pushes out its own. */
  readonly #given = new Map<ReplicaId, Given>();

  /**
   * `from` says `answer`. Tentative ones count together only if they are of one view: who took back an answer of an
   * earlier view says nothing any more that a view change must keep.
   *
   * @returns what makes it certain; `null`: nothing yet
   */
  add(from: ReplicaId, answer: Answer, needed: Needed): Certainty | null {
    const { index, result, tentative = null } = answer;
    if (needed.replies === 1 && tentative === null) return 'final';
    const { ok, value } = result;
    const text = JSON.stringify([index, ok, ok ? null : result.error, value]);
    // What is final stays so: a tentative answer that comes later was on its way for longer.
    const held = this.#given.get(from);
    if (tentative === null || held?.view !== null) this.#given.set(from, { text, view: tentative });
    const alike = [...this.#given.values()].filter((given) => given.text === text);
    const final = alike.filter(({ view }) => view === null).length;
    if (final >= needed.replies) return 'final';
    const views = new Set(alike.map(({ view }) => view));
    const inOneView = [...views].some((of) => {
      return alike.filter(({ view }) => view === null || view === of).length >= needed.quorum;
    });
    return inOneView ? 'tentative' : null;
  }

  /** Replicas that gave any answer. */
  get size(): number {
    return this.#given.size;
  }
}
