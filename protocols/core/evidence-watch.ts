/** Keeps of each signer what may convict it later, within bounds. The same for every protocol. */
import {
  prove,
  type Evidence,
  type EvidenceKind,
  type EvidenceWatch,
  type Jurisdiction,
} from './evidence.ts';
import { limits } from './limits.ts';
import type { Signed, Statement } from './signed.ts';

/** What a watch must know of a protocol's statements. */
export interface WatchRules<S extends Statement> {
  readonly kinds: readonly EvidenceKind<S>[];
  statementsIn(statement: Signed<S>): Iterable<Signed<S>>;
  /** What an honest replica says one thing about: two statements of one signer on one topic are held against each other. */
  topicOf(body: S): string;
  /** Whether it may be as large as a message. */
  isLarge(body: S): boolean;
  /** Among which statements of its signer there may be one on another topic that convicts together with this one. */
  rivalsAmong(body: S): 'small' | 'large' | 'none';
  /** Whether these two may, for one that is kept and one that is seen: judged by their bodies alone, at little cost. */
  areRivals(kept: S, seen: S): boolean;
}

interface Dossier<S extends Statement> {
  /** By topic, oldest first: the first of each topic. */
  readonly small: Map<string, Signed<S>>;
  readonly large: Map<string, Signed<S>>;
  /** Kinds and topics already told of. */
  readonly told: Set<string>;
}

export class DossierWatch<S extends Statement> implements EvidenceWatch<S> {
  readonly #rules: WatchRules<S>;
  readonly #jurisdiction: Jurisdiction;
  readonly #dossiers = new Map<string, Dossier<S>>();

  constructor(rules: WatchRules<S>, jurisdiction: Jurisdiction) {
    this.#rules = rules;
    this.#jurisdiction = jurisdiction;
    for (const voter of jurisdiction.voters) {
      this.#dossiers.set(voter, { small: new Map(), large: new Map(), told: new Set() });
    }
  }

  see(statement: Signed<S>): readonly Evidence<S>[] {
    const found: Evidence<S>[] = [];
    for (const inner of this.#rules.statementsIn(statement)) this.#seeOne(inner, found);
    return found;
  }

  #seeOne(statement: Signed<S>, found: Evidence<S>[]): void {
    const { topicOf, isLarge, areRivals, rivalsAmong } = this.#rules;
    const dossier = this.#dossiers.get(statement.signer);
    if (!dossier) return;
    const { body } = statement;
    const topic = topicOf(body);
    const kept = isLarge(body) ? dossier.large : dossier.small;
    const known = kept.get(topic);
    // A true signature belongs to one body.
    if (known?.body === body || known?.signature === statement.signature) return;
    if (known) {
      this.#try(dossier, [known, statement], topic, found);
      return;
    }
    keep(kept, topic, statement, isLarge(body));
    this.#try(dossier, [statement], topic, found);
    const among = rivalsAmong(body);
    if (among === 'none') return;
    for (const other of dossier[among].values()) {
      if (areRivals(other.body, body)) this.#try(dossier, [other, statement], topic, found);
    }
  }

  #try(
    { told }: Dossier<S>,
    parts: readonly Signed<S>[],
    topic: string,
    found: Evidence<S>[],
  ): void {
    for (const kind of this.#rules.kinds) {
      const key = `${kind.id} ${topic}`;
      if (told.size >= limits.evidencePerMemberMax || told.has(key)) continue;
      const evidence = prove(kind, parts, this.#jurisdiction);
      if (!evidence) continue;
      told.add(key);
      found.push(evidence);
    }
  }
}

function keep<S extends Statement>(
  kept: Map<string, Signed<S>>,
  topic: string,
  statement: Signed<S>,
  isLarge: boolean,
): void {
  const max = isLarge ? limits.largeStatementsWatchedMax : limits.statementsWatchedMax;
  if (kept.size >= max) {
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }
  kept.set(topic, statement);
}
