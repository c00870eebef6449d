/**
 * Holds what others executed against what this tab's replica executed, by one digest over all of it, so that nothing
 * that differed once is forgotten. What a page says of its replica proves nothing: where two differ, the slot is looked
 * for, and both are asked for the votes that decided it.
 */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ExecutedSlot } from '#protocols/core/protocol.ts';

/** Slots of the own replica remembered: a quarter of an hour of a room, seconds of a benchmark; 1 MB. */
export const ownSlotsMax = 4_096;

/** Slots in one answer: 10 KB. */
export const slotsPerAnswerMax = 64;

/** What a replica says it has executed: every slot up to `n`. */
export type Claim = Pick<ExecutedSlot, 'n' | 'history'>;

/** Claims of a replica that pass, after it was asked, before it may be asked again: one that lies gets no more of us. */
const claimsPerInquiry = 32;

export type Question =
  /** For its slots from `first` on, {@link slotsPerAnswerMax} of them. */
  | { readonly about: 'slots'; readonly replica: ReplicaId; readonly first: number }
  /** It and the own replica decided this slot differently, as it says: both are to show their votes. */
  | {
      readonly about: 'votes';
      readonly replica: ReplicaId;
      readonly slot: number;
      /** Times that this replica's word led to this question, this time counted. */
      readonly times: number;
    };

interface Inquiry {
  /** Claims since the last question. */
  claims: number;
  /** The first slot asked about, and not answered yet; `null`: nothing is. */
  first: number | null;
  /** A slot that differs, while an earlier one is looked for. */
  suspect: number | null;
}

export class Ledgers {
  /** Of the own replica, by slot, in their order. */
  readonly #own = new Map<number, ExecutedSlot>();
  /** The newest own slot. */
  #last = 0;
  /** Of each other, the first claim that the own replica is not far enough for. */
  readonly #waiting = new Map<ReplicaId, Claim>();
  readonly #inquiries = new Map<ReplicaId, Inquiry>();
  readonly #heard = new Set<ReplicaId>();
  /** Questions for votes, by the replica whose word led to them. */
  readonly #asked = new Map<ReplicaId, number>();

  /** The own replica executed `slots`. */
  executed(slots: readonly ExecutedSlot[]): readonly Question[] {
    const questions: Question[] = [];
    for (const slot of slots) {
      const { n, digest } = slot;
      // A state that came as a whole hides what the others did in the slots between: what stood before it is asked for.
      if (digest === null && n > this.#last && this.#last > 0) questions.push(...this.#askAll());
      if (digest === null && this.#own.has(n)) continue;
      this.#own.set(n, slot);
      this.#last = Math.max(this.#last, n);
      const [oldest] = this.#own.keys();
      if (this.#own.size > ownSlotsMax && oldest !== undefined) this.#own.delete(oldest);
    }
    for (const [replica, claim] of this.#waiting) {
      if (claim.n > this.#last) continue;
      this.#waiting.delete(replica);
      questions.push(...this.#hold(replica, claim));
    }
    return questions;
  }

  /** Another replica says how far it is. */
  compare(from: ReplicaId, claim: Claim): readonly Question[] {
    this.#heard.add(from);
    const inquiry = this.#inquiries.get(from);
    if (inquiry) inquiry.claims++;
    if (claim.n <= this.#last) return this.#hold(from, claim);
    if (!this.#waiting.has(from)) this.#waiting.set(from, claim);
    return [];
  }

  /** What the own replica executed as slot `n`, `null` if that is not known. */
  at(n: number): ExecutedSlot | null {
    return this.#own.get(n) ?? null;
  }

  /** What the own replica executed from slot `first` on, for who asks. */
  from(first: number): readonly ExecutedSlot[] {
    const slots: ExecutedSlot[] = [];
    for (let n = first; n < first + slotsPerAnswerMax; n++) {
      const slot = this.#own.get(n);
      if (slot) slots.push(slot);
    }
    return slots;
  }

  /** `from` answers. What nobody asked for is ignored. */
  answered(from: ReplicaId, slots: readonly ExecutedSlot[]): readonly Question[] {
    const inquiry = this.#inquiries.get(from);
    const first = inquiry?.first;
    if (!inquiry || first === null || first === undefined) return [];
    inquiry.first = null;
    const shared = slots
      .filter(({ n }) => n >= first && n < first + slotsPerAnswerMax)
      .sort((a, b) => a.n - b.n)
      .flatMap((theirs) => {
        const own = this.#own.get(theirs.n);
        return own ? [{ own, theirs }] : [];
      });
    const [lowest] = shared;
    const differing = shared.find(
      ({ own, theirs }) =>
        own.digest !== null && theirs.digest !== null && own.digest !== theirs.digest,
    );
    inquiry.suspect = differing?.theirs.n ?? inquiry.suspect;
    const liesBefore =
      lowest !== undefined &&
      lowest !== differing &&
      lowest.own.history !== lowest.theirs.history &&
      this.#own.has(lowest.own.n - 1);
    if (liesBefore) return this.#ask(from, lowest.own.n - slotsPerAnswerMax, inquiry);
    const { suspect: slot } = inquiry;
    if (slot === null) return [];
    const times = (this.#asked.get(from) ?? 0) + 1;
    this.#asked.set(from, times);
    return [{ about: 'votes', replica: from, slot, times }];
  }

  /** Holds a claim about slots that the own replica has executed against what it executed. */
  #hold(from: ReplicaId, { n, history }: Claim): readonly Question[] {
    const own = this.#own.get(n);
    if (!own || own.history === history) return [];
    const inquiry = this.#inquiries.get(from);
    if (inquiry && inquiry.claims < claimsPerInquiry) return [];
    return this.#ask(from, n - slotsPerAnswerMax + 1);
  }

  #askAll(): Question[] {
    const first = this.#last - slotsPerAnswerMax + 1;
    return [...this.#heard].flatMap((replica) => this.#ask(replica, first));
  }

  #ask(
    replica: ReplicaId,
    from: number,
    inquiry: Inquiry = { claims: 0, first: null, suspect: null },
  ): Question[] {
    const first = Math.max(1, from);
    inquiry.first = first;
    this.#inquiries.set(replica, inquiry);
    return [{ about: 'slots', replica, first }];
  }
}
