/**
 * The door of a replica: every statement that arrives, nested ones too, and every client's proof is verified before
 * the host hears of it. Verifying may take time; the order of each sender is kept, and each sender waits for its own
 * only. Whatever holds a bad signature is refused as a whole, and nobody is accused: anyone can have made it.
 *
 * Votes that count together are verified as far as they are wanted, past what else their sender sent: see `ballots.ts`.
 * One that comes when all is settled goes on unverified, and is called so.
 */
import { statementsOf, type Aggregate } from '#protocols/core/aggregate.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Use } from '#protocols/core/protocol.ts';
import type { Signed, Standing } from '#protocols/core/signed.ts';
import { Ballots } from './ballots.ts';
import { claimsIn, soleStatementIn, type Claims } from './claims.ts';
import type { Arrival, Envelope } from './environment.ts';
import { isLater, type Eventually, type Verifier } from './signer.ts';

export interface IntakeOptions<M> {
  /** `null` in a protocol whose members sign nothing: all comes in as it is. */
  readonly verifier: Verifier | null;
  readonly deliver: (arrival: Arrival<M>) => void;
  /** Something that `from` sent was dropped; `why` is in words for a person. */
  readonly refused: (from: MemberId, why: string) => void;
  /** What a message is good for to the replica as it stands. */
  readonly useOf: (message: M) => Use;
  /** Hears of every statement that is let in, before the host does. `null`: nobody listens. */
  readonly watch: ((statement: Signed, standing: Standing) => void) | null;
}

/** A message that is a vote by its sender. */
interface Ballot<M> {
  readonly message: M;
  readonly statement: Signed;
  readonly countsFor: string;
  /** What it came in. */
  readonly envelope: Envelope<M>;
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

const badSignature = 'a signature that is not good';

export class Intake<M> {
  readonly #options: IntakeOptions<M>;
  readonly #lanes = new Map<MemberId, Lane<M>>();
  readonly #ballots: Ballots<Ballot<M>>;
  /** By sender: votes that are being verified. */
  readonly #voting = new Map<MemberId, number>();

  constructor(options: IntakeOptions<M>) {
    this.#options = options;
    this.#ballots = new Ballots({
      useOf: ({ message }) => options.useOf(message),
      decided: (from, ballot, use) => {
        if (use === 'settled') this.#letIn(from, ballot.envelope, [ballot], 'unverified');
        else if (use === 'verify') this.#verifyVotes(from, ballot.envelope, [ballot]);
        else this.#takeIn(from, arrivalOf(from, ballot.envelope, [ballot.message]));
      },
    });
  }

  /** Takes what the link of `from` brought, decoded and of the form agreed. */
  receive(from: MemberId, arrival: Arrival<M>): void {
    const { verifier, deliver } = this.#options;
    if (!verifier) return deliver(arrival);
    if (arrival.type === 'envelope') this.#sort(from, arrival);
    else this.#takeIn(from, arrival);
  }

  /** The replica has taken a turn: its state holds all that was delivered before. */
  turned(): void {
    this.#ballots.turned();
  }

  #sort(from: MemberId, arrival: Extract<Arrival<M>, { type: 'envelope' }>): void {
    const { envelope } = arrival;
    const rest: M[] = [];
    const settled: Ballot<M>[] = [];
    const votes: Ballot<M>[] = [];
    for (const message of envelope.messages) {
      const use = this.#options.useOf(message);
      // A link proves who sent something: nobody can hold up or fill in another's vote.
      const statement = use === 'needed' ? null : soleStatementIn(message, from);
      if (use === 'needed' || statement === null) rest.push(message);
      else if (use === 'settled') settled.push({ message, statement, countsFor: '', envelope });
      else {
        const vote = { message, statement, countsFor: use.countsFor, envelope };
        const isBusy = (this.#voting.get(from) ?? 0) + votes.length >= limits.verifyingAtOnceMax;
        const place = isBusy ? 'needed' : this.#ballots.place(from, vote, use);
        if (place === 'verify') votes.push(vote);
        else if (place === 'needed') rest.push(message);
      }
    }
    if (settled.length > 0) this.#letIn(from, envelope, settled, 'unverified');
    if (votes.length > 0) this.#verifyVotes(from, envelope, votes);
    if (rest.length === envelope.messages.length) this.#takeIn(from, arrival);
    else if (rest.length > 0) this.#takeIn(from, arrivalOf(from, envelope, rest));
  }

  #verifyVotes(from: MemberId, envelope: Envelope<M>, votes: readonly Ballot<M>[]): void {
    const statements = votes.map(({ statement }) => statement);
    const claims = { statements, requests: [], aggregates: [] };
    const verdict = verifyAll(this.#options.verifier as Verifier, claims);
    const settle = (isGood: boolean): void => {
      for (const { countsFor } of votes) {
        if (isGood) this.#ballots.verified(from, countsFor);
        else this.#ballots.refused(from, countsFor);
      }
      if (isGood) this.#letIn(from, envelope, votes, 'verified');
      else this.#options.refused(from, badSignature);
    };
    if (!isLater(verdict)) return settle(verdict);
    this.#voting.set(from, (this.#voting.get(from) ?? 0) + votes.length);
    void verdict.then((isGood) => {
      const left = (this.#voting.get(from) ?? 0) - votes.length;
      if (left > 0) this.#voting.set(from, left);
      else this.#voting.delete(from);
      // Outside this promise, which would swallow what a core throws.
      queueMicrotask(() => settle(isGood));
    });
  }

  #letIn(
    from: MemberId,
    envelope: Envelope<M>,
    votes: readonly Ballot<M>[],
    standing: Standing,
  ): void {
    const { deliver, watch } = this.#options;
    if (watch) for (const { statement } of votes) watch(statement, standing);
    const messages = votes.map(({ message }) => message);
    const { type, ...arrival } = arrivalOf(from, envelope, messages);
    deliver({ type: standing === 'verified' ? type : 'unverified', ...arrival });
  }

  #takeIn(from: MemberId, arrival: Arrival<M>): void {
    const { verifier } = this.#options;
    if (!verifier) return;
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
    if (!isGood) return refused(from, badSignature);
    if (watch) for (const statement of this.#shownBy(claims)) watch(statement, 'verified');
    deliver(arrival);
  }

  *#shownBy({ statements, aggregates }: Claims): Generator<Signed, void> {
    yield* statements;
    const voters = this.#options.verifier?.aggregates?.voters ?? [];
    for (const aggregate of aggregates) yield* statementsOf(aggregate, voters);
  }
}

/** Some of the messages of `envelope`, as if they had come alone. */
function arrivalOf<M>(
  from: MemberId,
  { cluster, incarnation, lamport, clock }: Envelope<M>,
  messages: readonly M[],
): Extract<Arrival<M>, { type: 'envelope' }> {
  const envelope = { cluster, incarnation, lamport, clock, messages };
  return { type: 'envelope', from, envelope };
}

function claimsOf(arrival: Arrival<unknown>): Claims {
  if (arrival.type === 'envelope') return claimsIn(arrival.envelope.messages);
  return claimsIn(arrival.type === 'requests' ? arrival.requests : null);
}

function countOf({ statements, requests, aggregates }: Claims): number {
  return statements.length + requests.length + aggregates.length;
}

/** Asks about some at a time and stops at the first that is bad: a liar's share of the work is bounded. */
function verifyAll(verifier: Verifier, claims: Claims, done = 0): Eventually<boolean> {
  const later: Promise<boolean>[] = [];
  for (let i = done; i < countOf(claims); i++) {
    const verdict = verifyOne(verifier, claims, i);
    if (verdict === false) return false;
    if (verdict === true || later.push(verdict) < limits.verifyingAtOnceMax) continue;
    return allOf(later).then((good) => good && verifyAll(verifier, claims, i + 1));
  }
  return later.length === 0 || allOf(later);
}

function verifyOne(
  verifier: Verifier,
  { statements, requests, aggregates }: Claims,
  i: number,
): Eventually<boolean> {
  const statement = statements[i];
  if (statement) return verifier.verify(statement);
  const request = requests[i - statements.length];
  if (request) return verifier.verifyRequest(request);
  const aggregate = aggregates[i - statements.length - requests.length] as Aggregate;
  return verifier.aggregates?.verify(aggregate) ?? false;
}

async function allOf(verdicts: readonly Promise<boolean>[]): Promise<boolean> {
  return (await Promise.all(verdicts)).every(Boolean);
}
