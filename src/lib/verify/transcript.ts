/** A transcript, checked line by line: what holds, what does not and why, and who is convicted of what. */
import * as v from 'valibot';
import {
  evidenceProblem,
  prove,
  type Accountability,
  type Certificate,
  type Evidence,
  type Jurisdiction,
  type Verdict,
} from '#protocols/core/evidence.ts';
import type { Signed } from '#protocols/core/signed.ts';
import {
  lineCharactersMax,
  transcriptLineSchema,
  type TranscriptLine,
} from '#protocols/core/transcript.ts';
import { protocolNamed } from '#protocols/registry.ts';
import type { Genesis } from '../room/genesis.ts';
import { jurisdictionOf } from '../room/jurisdiction.ts';
import { genesisLineSchema, genesisProblem, type GenesisLine } from './genesis-line.ts';

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** Two decisions of one slot that contradict each other. */
export interface Fork {
  readonly what: string;
  readonly lines: readonly [number, number];
  readonly verdict: Verdict;
}

export interface Findings {
  readonly opening: GenesisLine | null;
  readonly problems: readonly Problem[];
  readonly statements: number;
  readonly certificates: number;
  /** Evidence that holds: what the lines bring, what the statements give, and what a court found. One of a kind each. */
  readonly convictions: readonly Evidence[];
  readonly forks: readonly Fork[];
}

/** Checks `lines`; without a genesis that holds, nothing after it means anything. */
export function checkTranscript(lines: Iterable<string>): Findings {
  let line = 0;
  let check: Check | null = null;
  for (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    const value = parse(text);
    if (typeof value === 'string') {
      if (!check) return nothing({ line, reason: value });
      check.problems.push({ line, reason: value });
      continue;
    }
    if (check) {
      check.add(line, value.json);
      continue;
    }
    const opened = open(value.json);
    if (typeof opened === 'string') return nothing({ line, reason: opened });
    check = opened;
  }
  return check ? check.findings() : nothing({ line: 1, reason: 'there is no genesis' });
}

const nothing = (problem: Problem): Findings => ({
  opening: null,
  problems: [problem],
  statements: 0,
  certificates: 0,
  convictions: [],
  forks: [],
});

function parse(text: string): { readonly json: unknown } | string {
  if (text.length > lineCharactersMax) return 'longer than any honest line';
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return 'not JSON';
  }
}

function open(value: unknown): Check | string {
  const opening = v.safeParse(genesisLineSchema, value, { abortEarly: true });
  if (!opening.success) return `not a genesis: ${issueText(opening.issues[0])}`;
  const problem = genesisProblem(opening.output);
  if (problem !== null) return problem;
  const { genesis } = opening.output;
  const { accountability, title } = protocolNamed(genesis.protocol);
  if (!accountability) return `in ${title} nobody signs what they say: there is nothing to check`;
  return new Check(opening.output, accountability);
}

function issueText(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue);
  return place === null ? issue.message : `${place}: ${issue.message}`;
}

class Check {
  readonly problems: Problem[] = [];
  readonly #opening: GenesisLine;
  readonly #rules: Accountability;
  readonly #jurisdiction: Jurisdiction;
  readonly #schema;
  readonly #statements: Signed[] = [];
  readonly #certificates: { readonly line: number; readonly votes: Certificate }[] = [];
  readonly #convictions = new Map<string, Evidence>();

  constructor(opening: GenesisLine, rules: Accountability) {
    this.#opening = opening;
    this.#rules = rules;
    this.#jurisdiction = jurisdictionOf(opening.genesis);
    this.#schema = transcriptLineSchema(rules);
  }

  add(line: number, value: unknown): void {
    const parsed = v.safeParse(this.#schema, value, { abortEarly: true });
    const reason = parsed.success
      ? this.#problemOf(line, parsed.output)
      : `not of the form agreed: ${issueText(parsed.issues[0])}`;
    if (reason !== null) this.problems.push({ line, reason });
  }

  findings(): Findings {
    const watch = this.#rules.createWatch(this.#jurisdiction);
    for (const statement of this.#statements) {
      for (const evidence of watch.see(statement)) this.#convict(evidence);
    }
    const forks = this.#forks();
    for (const { verdict } of forks)
      verdict.evidence.forEach((evidence) => this.#convict(evidence));
    return {
      opening: this.#opening,
      problems: this.problems,
      statements: this.#statements.length,
      certificates: this.#certificates.length,
      convictions: [...this.#convictions.values()],
      forks,
    };
  }

  #problemOf(line: number, content: TranscriptLine): string | null {
    switch (content.type) {
      case 'statement':
        return this.#statementProblem(content.statement);
      case 'certificate': {
        const { votes, replica } = content;
        if (!this.#jurisdiction.voters.includes(replica))
          return 'it is held by nobody on the roster';
        const problem =
          this.#rules.certificateProblem(votes, this.#jurisdiction) ??
          this.#signaturesProblem(votes);
        if (problem === null) this.#certificates.push({ line, votes });
        return problem === null ? null : `no certificate: ${problem}`;
      }
      case 'evidence': {
        const problem = evidenceProblem(this.#rules, content.evidence, this.#jurisdiction);
        if (problem === null) this.#convict(content.evidence);
        return problem === null ? null : `no evidence: ${problem}`;
      }
    }
  }

  #statementProblem(statement: Signed): string | null {
    const { isSigned } = this.#jurisdiction;
    if (!isSigned(statement)) return 'a false signature';
    for (const inner of this.#rules.statementsIn(statement)) {
      if (isSigned(inner)) continue;
      // Who signed the whole signed this with it, and is the only one whom it can convict.
      for (const kind of this.#rules.kinds) {
        const evidence = prove(kind, [statement], this.#jurisdiction);
        if (evidence) this.#convict(evidence);
      }
      return 'a false signature inside a true one';
    }
    this.#statements.push(statement);
    return null;
  }

  #signaturesProblem(votes: Certificate): string | null {
    return votes.every((vote) => this.#jurisdiction.isSigned(vote)) ? null : 'a false signature';
  }

  #convict(evidence: Evidence): void {
    const { kind, accused } = evidence;
    const key = `${accused} ${kind}`;
    if (!this.#convictions.has(key)) this.#convictions.set(key, evidence);
  }

  /** Every decision against the first of its slot that says something else. */
  #forks(): Fork[] {
    const forks: Fork[] = [];
    const told = new Set<string>();
    for (const [i, later] of this.#certificates.entries()) {
      for (const earlier of this.#certificates.slice(0, i)) {
        const what = this.#rules.conflictOf(earlier.votes, later.votes);
        if (what === null || told.has(what)) continue;
        told.add(what);
        const pair = [earlier.votes, later.votes] as const;
        const verdict = this.#rules.court(pair, this.#statements, this.#jurisdiction);
        forks.push({ what, lines: [earlier.line, later.line], verdict });
      }
    }
    return forks;
  }
}

/** Names of members, for people. */
export function nameOf(genesis: Genesis, id: string): string {
  return genesis.roster.find((seat) => seat.id === id)?.name ?? id;
}
