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

/** Slots under suspicion: nobody can make a page keep the votes of all. */
const slotsMax = 64;

/** Certificates of one slot that a replica may show: looking at one costs signatures. */
export const sidesPerReplicaMax = 16;

/** Statements shown with a fork, and kept of them: each may be as large as a message. */
const groundsMax = 4;
const groundsKeptMax = 16;

type Shown = Pick<Extract<RoomMessage, { type: 'certificate' }>, 'slot' | 'votes'>;

type VotesRead =
  | { readonly ok: true; readonly votes: Certificate }
  | { readonly ok: false; readonly error: string };

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
  readonly #groundsSchema: v.GenericSchema<unknown, readonly Signed[]>;
  /** By accused and kind. */
  readonly #convictions = new Map<string, Evidence>();
  readonly #refused = new Map<MemberId, number>();
  /** Of slots under suspicion, by slot: what each replica showed to decide them, each certificate once. */
  readonly #decisions = new Map<number, Map<string, Side>>();
  #fork: Fork | null = null;
  /** What others showed for the court. */
  #grounds: readonly Signed[] = [];
  #sits = false;
  /** Something came in that the court has not seen. */
  #summoned = false;

  constructor(options: CaseBookOptions) {
    const { statement } = options.rules;
    this.#options = options;
    this.#evidenceSchema = evidenceSchema(statement);
    this.#votesSchema = v.pipe(v.array(statement), v.maxLength(limits.votersMax));
    this.#groundsSchema = v.pipe(v.array(statement), v.maxLength(groundsMax));
  }

  get convictions(): readonly Evidence[] {
    return [...this.#convictions.values()];
  }

  /** The first of the epoch: after it nobody's word about later slots means anything. */
  get fork(): Fork | null {
    return this.#fork;
  }

  /** What others showed for the court: the own replica may not have seen it. */
  get grounds(): readonly Signed[] {
    return this.#grounds;
  }

  /** All of it, for who comes late. */
  known(): RoomMessage[] {
    const evidence = this.convictions.map((one) => this.#evidenceMessage(one));
    return this.#fork ? [...evidence, this.#forkMessage(this.#fork)] : evidence;
  }

  /** What the own replica found, from statements that it verified. */
  found(evidence: Evidence): void {
    const { accused, kind } = evidence;
    const key = `${accused} ${kind}`;
    if (this.#convictions.has(key)) return;
    this.#convictions.set(key, evidence);
    this.#options.tellAll(this.#evidenceMessage(evidence));
    this.#options.convicted(evidence);
    void this.#judge();
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

  /** Two ledgers are said to differ in `slot`: who shows by which votes is listened to. */
  inquire(slot: number): void {
    if (this.#decisions.has(slot)) return;
    this.#decisions.set(slot, new Map());
    const [oldest] = this.#decisions.keys();
    if (this.#decisions.size > slotsMax && oldest !== undefined) this.#decisions.delete(oldest);
  }

  /** By what `from` holds a slot to be decided. Returns what is wrong with it, `null` if nothing is. */
  offerDecision(from: ReplicaId, { slot, votes: value }: Shown): string | null {
    const shown = this.#decisions.get(slot);
    if (this.#fork || !shown) return null;
    const ownShare = [...shown.values()].filter(({ replica }) => replica === from).length;
    if (ownShare >= sidesPerReplicaMax) return null;
    const read = this.#readVotes(from, value);
    if (!read.ok) return read.error;
    const { rules } = this.#options;
    const [first] = read.votes;
    const decided = first && rules.decidedBy(first.body);
    const key = `${from} ${decided}`;
    if (typeof decided !== 'string' || shown.has(key)) return null;
    const side = { replica: from, votes: read.votes };
    for (const other of shown.values()) {
      // One replica may have heard of both: two ledgers are those of two.
      if (other.replica === from) continue;
      if (rules.conflictOf(other.votes, side.votes) === null) continue;
      this.#discover([other, side]);
      return null;
    }
    shown.set(key, side);
    return null;
  }

  /** Two ledgers that `from` found to contradict each other. Returns what is wrong with it, `null` if nothing is. */
  offerFork(
    from: MemberId,
    { sides, grounds }: Omit<Extract<RoomMessage, { type: 'fork' }>, 'type' | 'cluster'>,
  ): string | null {
    const known = this.#fork;
    if (known && known.verdict.verdict !== 'cannot tell') return null;
    const shown = this.#readGrounds(from, grounds);
    if (typeof shown === 'string') return shown;
    const held = new Set(this.#grounds.map(({ signature }) => signature));
    const fresh = shown.filter(({ signature }) => !held.has(signature));
    this.#grounds = [...this.#grounds, ...fresh].slice(-groundsKeptMax);
    if (known) {
      if (fresh.length > 0) void this.#judge();
      return null;
    }
    const [first, second] = sides.map(({ votes }) => this.#readVotes(from, votes));
    if (!first?.ok) return first?.error ?? null;
    if (!second?.ok) return second?.error ?? null;
    const { rules } = this.#options;
    if (rules.conflictOf(first.votes, second.votes) === null) {
      return this.#refuse(from, 'two certificates that do not contradict each other');
    }
    this.#discover([
      { replica: sides[0].replica, votes: first.votes },
      { replica: sides[1].replica, votes: second.votes },
    ]);
    return null;
  }

  #discover(sides: Fork['sides']): void {
    const [first, second] = sides;
    const what = this.#options.rules.conflictOf(first.votes, second.votes) ?? '';
    const nothing = { verdict: 'cannot tell', evidence: [], because: 'the court sits' } as const;
    this.#fork = { what, sides, verdict: nothing };
    this.#decisions.clear();
    this.#options.tellAll(this.#forkMessage(this.#fork));
    void this.#judge();
  }

  /** By what this tab's replica has seen, by what others showed, and by what convicts already. */
  async #judge(): Promise<void> {
    if (this.#fork?.verdict.verdict !== 'cannot tell') return;
    this.#summoned = true;
    if (this.#sits) return;
    this.#sits = true;
    const { rules, genesis, testify, tellAll, forked } = this.#options;
    while (this.#fork?.verdict.verdict === 'cannot tell' && this.#summoned) {
      this.#summoned = false;
      const { what, sides }: Fork = this.#fork;
      const statements = (await testify())?.statements ?? [];
      const shown = this.convictions.flatMap(({ parts }): readonly Signed[] => parts);
      const atHand = [...statements, ...shown, ...this.#grounds];
      const [first, second] = sides;
      const verdict = rules.court([first.votes, second.votes], atHand, jurisdictionOf(genesis));
      this.#fork = { what, sides, verdict };
      for (const evidence of verdict.evidence) this.found(evidence);
      if (groundsOf(verdict).length > 0) tellAll(this.#forkMessage(this.#fork));
    }
    this.#sits = false;
    forked(this.#fork);
  }

  #readVotes(from: MemberId, value: unknown): VotesRead {
    const refuse = (error: string): VotesRead => ({ ok: false, error: this.#refuse(from, error) });
    if (this.#isTiresome(from)) {
      return { ok: false, error: 'more false certificates than anyone looks at' };
    }
    const parsed = v.safeParse(this.#votesSchema, value, { abortEarly: true });
    if (!parsed.success) return refuse('a certificate of no known form');
    const votes = parsed.output;
    const { rules, genesis } = this.#options;
    const jurisdiction = jurisdictionOf(genesis);
    const problem = rules.certificateProblem(votes, jurisdiction);
    if (problem !== null) return refuse(problem);
    if (!votes.every(jurisdiction.isSigned)) return refuse('a false signature');
    return { ok: true, votes };
  }

  /** Statements whose signatures are good, those inside them too; or what is wrong. */
  #readGrounds(from: MemberId, value: unknown): readonly Signed[] | string {
    if (this.#isTiresome(from)) return 'more false grounds than anyone looks at';
    const { rules, genesis } = this.#options;
    const parsed = v.safeParse(this.#groundsSchema, value, { abortEarly: true });
    if (!parsed.success) return this.#refuse(from, 'grounds of no known form');
    const { isSigned } = jurisdictionOf(genesis);
    for (const statement of parsed.output) {
      for (const inner of rules.statementsIn(statement)) {
        if (!isSigned(inner)) return this.#refuse(from, 'a false signature');
      }
    }
    return parsed.output;
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

  #forkMessage({ sides, verdict }: Fork): RoomMessage {
    const { cluster } = this.#options;
    return { type: 'fork', cluster, sides: [...sides], grounds: groundsOf(verdict) };
  }
}

function groundsOf(verdict: Verdict): readonly Signed[] {
  return verdict.verdict === 'liars' ? (verdict.grounds ?? []) : [];
}
