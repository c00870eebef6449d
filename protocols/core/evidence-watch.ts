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
  /** By topic: not verified, and nothing verified is known on it. */
  readonly unverified: Map<string, Signed<S>>;
  /** Kinds and topics already told of. */
  readonly told: Set<string>;
}

export class DossierWatch<S extends Statement> implements EvidenceWatch<S> {
  readonly #rules: WatchRules<S>;
  readonly #jurisdiction: Jurisdiction;
  readonly #dossiers = new Map<string, Dossier<S>>();
  #suspects: Signed<S>[] = [];

  constructor(rules: WatchRules<S>, jurisdiction: Jurisdiction) {
    this.#rules = rules;
    this.#jurisdiction = jurisdiction;
    for (const voter of jurisdiction.voters) {
      this.#dossiers.set(voter, {
        small: new Map(),
        large: new Map(),
        unverified: new Map(),
        told: new Set(),
      });
    }
  }

  see(statement: Signed<S>): readonly Evidence<S>[] {
    const found: Evidence<S>[] = [];
    for (const inner of this.#rules.statementsIn(statement)) this.#seeOne(inner, found);
    return found;
  }

  hold(statement: Signed<S>): void {
    const { topicOf, isLarge } = this.#rules;
    const { body, signer } = statement;
    const dossier = this.#dossiers.get(signer);
    if (!dossier || isLarge(body)) return;
    const topic = topicOf(body);
    const known = dossier.small.get(topic);
    if (known) {
      if (this.#couldConvict(dossier, [known, statement], topic)) this.#suspects.push(statement);
      return;
    }
    const other = dossier.unverified.get(topic);
    if (other) {
      if (this.#couldConvict(dossier, [other, statement], topic)) {
        dossier.unverified.delete(topic);
        this.#suspects.push(other, statement);
      }
      return;
    }
    for (const rival of dossier.large.values()) {
      if (!this.#isRival(dossier, rival, statement)) continue;
      this.#suspects.push(statement);
      return;
    }
    keep(dossier.unverified, topic, statement, limits.statementsWatchedMax);
  }

  takeSuspects(): readonly Signed<S>[] {
    const suspects = this.#suspects;
    if (suspects.length > 0) this.#suspects = [];
    return suspects;
  }

  #seeOne(statement: Signed<S>, found: Evidence<S>[]): void {
    const { topicOf, isLarge, areRivals, rivalsAmong } = this.#rules;
    const dossier = this.#dossiers.get(statement.signer);
    if (!dossier) return;
    const { body } = statement;
    const topic = topicOf(body);
    const kept = isLarge(body) ? dossier.large : dossier.small;
    this.#reviewUnverified(dossier, topic, statement);
    const known = kept.get(topic);
    // A true signature belongs to one body.
    if (known?.body === body || known?.signature === statement.signature) return;
    if (known) {
      this.#try(dossier, [known, statement], topic, found);
      return;
    }
    const max = isLarge(body) ? limits.largeStatementsWatchedMax : limits.statementsWatchedMax;
    keep(kept, topic, statement, max);
    this.#try(dossier, [statement], topic, found);
    const among = rivalsAmong(body);
    if (among === 'none') return;
    for (const other of dossier[among].values()) {
      if (areRivals(other.body, body)) this.#try(dossier, [other, statement], topic, found);
    }
  }

  /** What `statement`, which was verified, makes of what was not. */
  #reviewUnverified(dossier: Dossier<S>, topic: string, statement: Signed<S>): void {
    const { unverified } = dossier;
    if (unverified.size === 0) return;
    const same = unverified.get(topic);
    if (same) {
      unverified.delete(topic);
      if (this.#couldConvict(dossier, [statement, same], topic)) this.#suspects.push(same);
    }
    if (!this.#rules.isLarge(statement.body)) return;
    for (const [other, held] of unverified) {
      if (!this.#isRival(dossier, statement, held)) continue;
      unverified.delete(other);
      this.#suspects.push(held);
    }
  }

  #isRival(dossier: Dossier<S>, large: Signed<S>, small: Signed<S>): boolean {
    const { areRivals, topicOf } = this.#rules;
    if (!areRivals(large.body, small.body)) return false;
    return this.#couldConvict(dossier, [large, small], topicOf(small.body));
  }

  /** Whether `parts` would convict of something that was not told of yet, were all of them signed. */
  #couldConvict({ told }: Dossier<S>, parts: readonly Signed<S>[], topic: string): boolean {
    return this.#rules.kinds.some((kind) => {
      if (told.size >= limits.evidencePerMemberMax || told.has(`${kind.id} ${topic}`)) return false;
      return kind.convicts(parts, this.#jurisdiction) !== null;
    });
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
  max: number,
): void {
  if (kept.size >= max) {
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }
  kept.set(topic, statement);
}
