/** Keeps the newest charter of a room: takes it from anyone, checks it, remembers it, and lets the facilitator write the next. */
import * as v from 'valibot';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import { charterProblem, firstCharter, signCharter, signedCharterSchema } from './charter.ts';
import type { Charter, SignedCharter } from './charter.ts';
import type { Seat } from './seats.ts';

const recordKey = (room: string): string => `charter/${room}`;

export class CharterKeeper {
  readonly #seat: Seat;
  readonly #room: string;
  readonly #facilitator: MemberId;
  readonly #adopted: (signed: SignedCharter) => void;
  #newest: SignedCharter | null = null;
  /** Orders are written one after the other: each says what the one before said, and one thing more. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    seat: Seat,
    room: { code: string; facilitator: MemberId },
    adopted: (signed: SignedCharter) => void,
  ) {
    this.#seat = seat;
    this.#room = room.code;
    this.#facilitator = room.facilitator;
    this.#adopted = adopted;
  }

  get newest(): SignedCharter | null {
    return this.#newest;
  }

  /** Takes up what this seat knew before a reload. */
  async load(): Promise<void> {
    const kept = await this.#seat.get(recordKey(this.#room));
    if (!kept.ok || kept.value === undefined) return;
    const parsed = v.safeParse(signedCharterSchema, kept.value);
    if (parsed.success) await this.offer(parsed.output);
  }

  /** A charter that somebody passed on. Resolves to what is wrong with it, `null` if nothing is. */
  async offer(signed: SignedCharter): Promise<string | null> {
    if (this.#isOld(signed)) return null;
    const problem = await charterProblem(signed, this.#room, this.#facilitator);
    if (problem) return problem;
    // Another may have come in while the signatures were checked.
    if (!this.#isOld(signed)) await this.#adopt(signed);
    return null;
  }

  /** Facilitator only: orders what `change` says, on top of all orders before. */
  order(change: (charter: Charter) => Partial<Charter> | Promise<Partial<Charter>>): Promise<void> {
    const write = async (): Promise<void> => {
      const now = Date.now();
      const before = this.#newest?.charter ?? firstCharter(this.#room, now);
      const number = Math.max(now, before.number + 1);
      const charter = { ...before, ...(await change(before)), number };
      await this.#adopt(await signCharter(charter, this.#seat.signer));
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => undefined);
    return written;
  }

  #isOld(signed: SignedCharter): boolean {
    return this.#newest !== null && signed.charter.number <= this.#newest.charter.number;
  }

  async #adopt(signed: SignedCharter): Promise<void> {
    this.#newest = signed;
    await this.#seat.put(recordKey(this.#room), signed as unknown as Json);
    if (this.#newest === signed) this.#adopted(signed);
  }
}
