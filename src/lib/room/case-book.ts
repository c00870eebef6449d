/**
 * What is proved in one epoch, as this tab knows: evidence that convicts, and two ledgers that contradict each other.
 * Nothing that others say is kept or passed on before it was checked against the genesis alone.
 */
import * as v from 'valibot';
import {
  evidenceProblem,
  evidenceSchema,
  type Accountability,
  type Certificate,
  type Evidence,
  type Verdict,
} from '#protocols/core/evidence.ts';
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed } from '#protocols/core/signed.ts';
import type { Testimony } from '../tab/worker-messages.ts';
import type { Genesis } from './genesis.ts';
import { jurisdictionOf } from './jurisdiction.ts';
import type { RoomMessage } from './messages.ts';

/** Pieces of a member's that may be refused before it is no longer listened to: looking at one costs signatures. */
const refusedMax = 8;

/** Slots looked at: nobody can make a page keep the votes of all. */
const slotsMax = 64;

/** One ledger's decision, with the votes that it rests on. */
export interface Side {
  readonly replica: ReplicaId;
  readonly votes: Certificate;
}

export interface Fork {
  /** `slot 3`. */
  readonly what: string;
  readonly sides: readonly [Side, Side];
  readonly verdict: Verdict;
}

export interface CaseBookOptions {
  readonly genesis: Genesis;
  /** Of the running epoch. */
  readonly cluster: string;
  readonly rules: Accountability;
  readonly tellAll: (message: RoomMessage) => void;
  /** What the own replica has seen signed; `null` if there is none that runs. */
  readonly testify: () => Promise<Testimony | null>;
  readonly convicted: (evidence: Evidence) => void;
  readonly forked: (fork: Fork) => void;
}

export class CaseBook {
  readonly #options: CaseBookOptions;
  readonly #evidenceSchema: v.GenericSchema<unknown, Evidence>;
  readonly #votesSchema: v.GenericSchema<unknown, Certificate>;
  /** By accused and kind. */
  readonly #convictions = new Map<string, Evidence>();
  readonly #refused = new Map<MemberId, number>();
  /** Decisions of slots under suspicion, by slot: one for each thing decided. */
  readonly #decisions = new Map<number, readonly Side[]>();
  #fork: Fork | null = null;
  #sits = false;

  constructor(options: CaseBookOptions) {
    const { statement } = options.rules;
    this.#options = options;
    this.#evidenceSchema = evidenceSchema(statement);
    this.#votesSchema = v.pipe(v.array(statement), v.maxLength(limits.votersMax));
  }

  get convictions(): readonly Evidence[] {
    return [...this.#convictions.values()];
  }

  /** The first of the epoch: after it nobody's word about later slots means anything. */
  get fork(): Fork | null {
    return this.#fork;
  }

  /** All of it, for who comes late. */
  known(): RoomMessage[] {
    const evidence = this.convictions.map((one) => this.#evidenceMessage(one));
    return [...evidence, ...(this.#fork?.sides ?? []).map((side) => this.#sideMessage(side))];
  }

  /** What the own replica found, from statements that it verified. */
  found(evidence: Evidence): void {
    const { accused, kind } = evidence;
    const key = `${accused} ${kind}`;
    if (this.#convictions.has(key)) return;
    this.#convictions.set(key, evidence);
    this.#options.tellAll(this.#evidenceMessage(evidence));
    this.#options.convicted(evidence);
    if (this.#fork?.verdict.verdict === 'cannot tell') void this.#judge(this.#fork);
  }

  /** Evidence that `from` passed on. Returns what is wrong with it, `null` if nothing is. */
  offer(from: MemberId, value: unknown): string | null {
    if (this.#isTiresome(from)) return 'more false evidence than anyone looks at';
    const parsed = v.safeParse(this.#evidenceSchema, value, { abortEarly: true });
    if (!parsed.success) return this.#refuse(from, 'evidence of no known form');
    const evidence = parsed.output;
    if (this.#convictions.has(`${evidence.accused} ${evidence.kind}`)) return null;
    const { rules, genesis } = this.#options;
    const problem = evidenceProblem(rules, evidence, jurisdictionOf(genesis));
    if (problem !== null) return this.#refuse(from, problem);
    this.found(evidence);
    return null;
  }

  /** What `replica` holds to be decided, as `from` says. Returns what is wrong with it, `null` if nothing is. */
  offerDecision(from: MemberId, replica: ReplicaId, value: unknown): string | null {
    if (this.#fork) return null;
    if (this.#isTiresome(from)) return 'more false certificates than anyone looks at';
    const parsed = v.safeParse(this.#votesSchema, value, { abortEarly: true });
    if (!parsed.success) return this.#refuse(from, 'a certificate of no known form');
    const votes = parsed.output;
    const { rules, genesis } = this.#options;
    const jurisdiction = jurisdictionOf(genesis);
    const problem = rules.certificateProblem(votes, jurisdiction);
    if (problem !== null) return this.#refuse(from, problem);
    if (!votes.every(jurisdiction.isSigned)) return this.#refuse(from, 'a false signature');
    this.#decide({ replica, votes });
    return null;
  }

  #decide(side: Side): void {
    const { rules } = this.#options;
    const slot = side.votes[0] ? rules.slotOf(side.votes[0].body) : null;
    if (slot === null) return;
    const others = this.#decisions.get(slot) ?? [];
    for (const other of others) {
      const what = rules.conflictOf(other.votes, side.votes);
      if (what === null) continue;
      const nothing = { verdict: 'cannot tell', evidence: [], because: 'the court sits' } as const;
      this.#fork = { what, sides: [other, side], verdict: nothing };
      for (const told of this.#fork.sides) this.#options.tellAll(this.#sideMessage(told));
      return void this.#judge(this.#fork);
    }
    if (others.length === 0 && this.#decisions.size < slotsMax) this.#decisions.set(slot, [side]);
  }

  /** By what this tab's replica has seen, and by what convicts already. */
  async #judge({ what, sides }: Fork): Promise<void> {
    if (this.#sits) return;
    this.#sits = true;
    const { rules, genesis, testify, forked } = this.#options;
    const testimony = await testify();
    const shown = this.convictions.flatMap(({ parts }): readonly Signed[] => parts);
    const atHand = [...(testimony?.statements ?? []), ...shown];
    const [first, second] = sides;
    const verdict = rules.court([first.votes, second.votes], atHand, jurisdictionOf(genesis));
    this.#fork = { what, sides, verdict };
    for (const evidence of verdict.evidence) this.found(evidence);
    this.#sits = false;
    forked(this.#fork);
  }

  #isTiresome(from: MemberId): boolean {
    return (this.#refused.get(from) ?? 0) >= refusedMax;
  }

  #refuse(from: MemberId, why: string): string {
    this.#refused.set(from, (this.#refused.get(from) ?? 0) + 1);
    return why;
  }

  #evidenceMessage(evidence: Evidence): RoomMessage {
    return { type: 'evidence', cluster: this.#options.cluster, evidence };
  }

  #sideMessage({ replica, votes }: Side): RoomMessage {
    return { type: 'certificate', cluster: this.#options.cluster, replica, votes };
  }
}
