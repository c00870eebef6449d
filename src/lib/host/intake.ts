/**
 * The door of a replica: every statement that arrives, nested ones too, and every client's proof is verified before
 * the host hears of it. Verifying may take time; the order of each sender is kept, and each sender waits for its own
 * only. Whatever holds a bad signature is refused as a whole, and nobody is accused: anyone can have made it.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { claimsIn, type Claims } from './claims.ts';
import type { Arrival } from './environment.ts';
import { isLater, type Eventually, type Verifier } from './signer.ts';

export interface IntakeOptions<M> {
  /** `null` in a protocol whose members sign nothing: all comes in as it is. */
  readonly verifier: Verifier | null;
  readonly deliver: (arrival: Arrival<M>) => void;
  /** Something that `from` sent was dropped; `why` is in words for a person. */
  readonly refused: (from: MemberId, why: string) => void;
  /** Hears of every statement that was verified, before the host does. `null`: nobody listens. */
  readonly watch: ((statement: Signed) => void) | null;
}

interface Waiting<M> {
  readonly arrival: Arrival<M>;
  readonly claims: Claims;
}

/** What came of one sender and is being verified or waits for it, in order. */
interface Lane<M> {
  readonly waiting: Waiting<M>[];
  /** Signatures in it. */
  signatures: number;
}

export class Intake<M> {
  readonly #options: IntakeOptions<M>;
  readonly #lanes = new Map<MemberId, Lane<M>>();

  constructor(options: IntakeOptions<M>) {
    this.#options = options;
  }

  /** Takes what the link of `from` brought, decoded and of the form agreed. */
  receive(from: MemberId, arrival: Arrival<M>): void {
    const { verifier, deliver } = this.#options;
    if (!verifier) return deliver(arrival);
    const waiting = { arrival, claims: claimsOf(arrival) };
    const lane = this.#lanes.get(from);
    if (lane) return this.#queue(from, lane, waiting);
    const verdict = verifyAll(verifier, waiting.claims);
    if (isLater(verdict)) void this.#work(from, verdict, waiting);
    else this.#settle(from, verdict, waiting);
  }

  #queue(from: MemberId, lane: Lane<M>, waiting: Waiting<M>): void {
    const signatures = lane.signatures + countOf(waiting.claims);
    const full =
      lane.waiting.length >= limits.arrivalsVerifyingMax ||
      (lane.waiting.length > 0 && signatures > limits.signaturesVerifyingMax);
    if (full) return this.#options.refused(from, 'more than can be verified in time');
    lane.signatures = signatures;
    lane.waiting.push(waiting);
  }

  /** Settles `first` with its `verdict`, then all that came from the same sender meanwhile. */
  async #work(from: MemberId, verdict: Promise<boolean>, first: Waiting<M>): Promise<void> {
    const { verifier } = this.#options;
    const lane: Lane<M> = { waiting: [], signatures: 0 };
    this.#lanes.set(from, lane);
    // Outside this promise, which would swallow what a core throws.
    const settleLater = (isGood: boolean, waiting: Waiting<M>) =>
      queueMicrotask(() => this.#settle(from, isGood, waiting));
    settleLater(await verdict, first);
    for (let next = lane.waiting.shift(); next; next = lane.waiting.shift()) {
      lane.signatures -= countOf(next.claims);
      settleLater(await verifyAll(verifier as Verifier, next.claims), next);
    }
    this.#lanes.delete(from);
  }

  #settle(from: MemberId, isGood: boolean, { arrival, claims }: Waiting<M>): void {
    const { deliver, refused, watch } = this.#options;
    if (!isGood) return refused(from, 'a signature that is not good');
    if (watch) claims.statements.forEach(watch);
    deliver(arrival);
  }
}

function claimsOf(arrival: Arrival<unknown>): Claims {
  if (arrival.type === 'envelope') return claimsIn(arrival.envelope.messages);
  return claimsIn(arrival.type === 'requests' ? arrival.requests : null);
}

function countOf({ statements, requests }: Claims): number {
  return statements.length + requests.length;
}

/** Asks about some at a time and stops at the first that is bad: a liar's share of the work is bounded. */
function verifyAll(verifier: Verifier, claims: Claims, done = 0): Eventually<boolean> {
  const { statements, requests } = claims;
  const later: Promise<boolean>[] = [];
  for (let i = done; i < countOf(claims); i++) {
    const request = requests[i - statements.length];
    const verdict = request
      ? verifier.verifyRequest(request)
      : verifier.verify(statements[i] as Signed);
    if (verdict === false) return false;
    if (verdict === true || later.push(verdict) < limits.verifyingAtOnceMax) continue;
    return allOf(later).then((good) => good && verifyAll(verifier, claims, i + 1));
  }
  return later.length === 0 || allOf(later);
}

async function allOf(verdicts: readonly Promise<boolean>[]): Promise<boolean> {
  return (await Promise.all(verdicts)).every(Boolean);
}
