/**
 * Votes that count together on their way to a replica: as many are verified as are still wanted, the others wait to see
 * whether these are good. Whoever is refused makes room for the next, so that a false vote keeps no true one out.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Use, Vote } from '#protocols/core/protocol.ts';

interface Ballot<T> {
  /** Signers whose votes are being verified, or were and wait for the replica's next turn. */
  readonly underWay: Set<MemberId>;
  /** By signer, oldest first. */
  readonly waiting: Map<MemberId, T>;
}

export interface BallotsContext<T> {
  readonly useOf: (vote: T) => Use;
  /** `signer`'s vote is wanted after all, or can count no more. */
  readonly decided: (signer: MemberId, vote: T, use: Exclude<Use, Vote> | 'verify') => void;
}

/** @typeParam T what a caller knows a vote by */
export class Ballots<T> {
  readonly #context: BallotsContext<T>;
  /** By what they count for. */
  readonly #ballots = new Map<string, Ballot<T>>();
  /** What was verified and waits for the replica's next turn. */
  #verified: [countsFor: string, signer: MemberId][] = [];
  #waiting = 0;

  constructor(context: BallotsContext<T>) {
    this.#context = context;
  }

  /** Whether `vote` is to be verified now, waits here, or is to be treated like everything else. */
  place(signer: MemberId, vote: T, { countsFor, wanted }: Vote): 'verify' | 'wait' | 'needed' {
    let ballot = this.#ballots.get(countsFor);
    // Who says it again is not counted twice.
    if (ballot?.underWay.has(signer) || ballot?.waiting.has(signer)) return 'needed';
    if (this.#waiting >= limits.votesWaitingMax) return 'needed';
    if (!ballot) {
      ballot = { underWay: new Set(), waiting: new Map() };
      this.#ballots.set(countsFor, ballot);
    }
    if (ballot.underWay.size < wanted) {
      ballot.underWay.add(signer);
      return 'verify';
    }
    ballot.waiting.set(signer, vote);
    this.#waiting++;
    return 'wait';
  }

  /** It is good, and on its way to the replica. */
  verified(signer: MemberId, countsFor: string): void {
    this.#verified.push([countsFor, signer]);
  }

  /** It is not good: the next one is wanted. */
  refused(signer: MemberId, countsFor: string): void {
    this.#ballots.get(countsFor)?.underWay.delete(signer);
    this.#review(countsFor);
  }

  /** The replica's state holds all that was verified until now; much may be decided by it. */
  turned(): void {
    const verified = this.#verified;
    if (verified.length > 0) {
      this.#verified = [];
      for (const [countsFor, signer] of verified) {
        const ballot = this.#ballots.get(countsFor);
        ballot?.underWay.delete(signer);
        if (ballot) this.#closeIfEmpty(countsFor, ballot);
      }
    }
    if (this.#waiting === 0) return;
    for (const countsFor of [...this.#ballots.keys()]) this.#review(countsFor);
  }

  #review(countsFor: string): void {
    const ballot = this.#ballots.get(countsFor);
    if (!ballot) return;
    for (const [signer, vote] of ballot.waiting) {
      const use = this.#context.useOf(vote);
      const isVote = typeof use === 'object';
      if (isVote && ballot.underWay.size >= use.wanted) return;
      ballot.waiting.delete(signer);
      this.#waiting--;
      if (isVote) ballot.underWay.add(signer);
      this.#context.decided(signer, vote, isVote ? 'verify' : use);
    }
    this.#closeIfEmpty(countsFor, ballot);
  }

  #closeIfEmpty(countsFor: string, { underWay, waiting }: Ballot<T>): void {
    if (underWay.size === 0 && waiting.size === 0) this.#ballots.delete(countsFor);
  }
}
