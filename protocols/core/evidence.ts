/**
 * Evidence: statements that no honest replica can have made together, or at all. Anyone can check a piece of it
 * without having been there, and nothing an honest replica says is ever evidence against it (Ivy's
 * `accountable_safety`: "well-behaved nodes cannot be framed by malicious nodes").
 */
import * as v from 'valibot';
import { integerSchema, replicaIdSchema } from './client.ts';
import type { MemberId } from './ids.ts';
import type { ExecutedSlot } from './protocol.ts';
import type { Signed, SigningDomain, Statement } from './signed.ts';

/** The epoch whose statements are judged. */
export interface Jurisdiction {
  readonly domain: SigningDomain;
  /** In the order of the roster. */
  readonly voters: readonly MemberId[];
  /** The names of the switches that are on. */
  readonly switches: readonly string[];
  /** Whether `signature` is the signer's over the body in this domain. */
  readonly isSigned: (statement: Signed) => boolean;
}

export interface Evidence<S extends Statement = Statement> {
  /** Its number in the catalogue: `E2`. */
  readonly kind: string;
  /** Digest of the genesis, 64 hex digits; with `epoch`, what the signatures are bound to. */
  readonly cluster: string;
  readonly epoch: number;
  readonly accused: MemberId;
  /** One statement, or two that contradict each other; all signed by the accused. */
  readonly parts: readonly Signed<S>[];
  /** What they prove, in a sentence that follows from them. */
  readonly claim: string;
}

/** One kind of the catalogue. */
export interface EvidenceKind<S extends Statement> {
  readonly id: string;
  /** For people: `double vote`. */
  readonly title: string;
  /** The claim that `parts` prove against their one signer, or `null`. Who calls it has checked the outer signatures. */
  convicts(parts: readonly Signed<S>[], jurisdiction: Jurisdiction): string | null;
}

/** Sees every verified statement, nested ones too, and keeps what may convict later, within bounds. */
export interface EvidenceWatch<S extends Statement = Statement> {
  see(statement: Signed<S>): readonly Evidence<S>[];
  /** Keeps a statement whose signature nobody has checked. It convicts nobody before somebody has, and it is seen. */
  hold(statement: Signed<S>): void;
  /** Those held that would convict if their signatures were good: handed out once, to be verified and then seen. */
  takeSuspects(): readonly Signed<S>[];
}

/** What was found about two certificates that contradict each other. */
export type Verdict<S extends Statement = Statement> =
  /** At least f + 1 members, with evidence against each. */
  | {
      readonly verdict: 'liars';
      readonly evidence: readonly Evidence<S>[];
      readonly because: string;
      /** Statements that others need besides the certificates to find the same. */
      readonly grounds?: readonly Signed<S>[];
    }
  /** Too few are proved to have lied; what there is of evidence holds all the same. */
  | {
      readonly verdict: 'cannot tell';
      readonly evidence: readonly Evidence<S>[];
      readonly because: string;
    };

/** A slot as a replica executed it. */
export type Decided = Pick<ExecutedSlot, 'n' | 'digest'>;

/** A quorum of votes that decided something. */
export type Certificate<S extends Statement = Statement> = readonly Signed<S>[];

/** What the statements of a protocol can prove about those who made them. */
export interface Accountability<S extends Statement = Statement> {
  readonly statement: v.GenericSchema<unknown, Signed<S>>;
  readonly kinds: readonly EvidenceKind<S>[];
  /** All statements inside `statement`, itself last. */
  statementsIn(statement: Signed<S>): Iterable<Signed<S>>;
  createWatch(jurisdiction: Jurisdiction): EvidenceWatch<S>;
  /** What a quorum of equal answers decides: equal for votes that count together; `null` for what is no last vote. */
  decidedBy(body: S): string | null;
  /** Of `certificates`, those by which a replica that executed `slot` holds it to be decided. */
  decisionOf(certificates: readonly Certificate<S>[], slot: Decided): readonly Certificate<S>[];
  /** Why these votes decide nothing, or `null`. Signatures are the caller's to check. */
  certificateProblem(certificate: Certificate<S>, jurisdiction: Jurisdiction): string | null;
  /** Where two certificates decide differently, what they decide: the slot; else `null`. */
  conflictOf(first: Certificate<S>, second: Certificate<S>): string | null;
  /**
   * Who lied, given two certificates that contradict each other and the statements at hand, as one honest replica has
   * them. Never names an honest member.
   */
  court(
    certificates: readonly [Certificate<S>, Certificate<S>],
    atHand: Iterable<Signed<S>>,
    jurisdiction: Jurisdiction,
  ): Verdict<S>;
}

/** No kind needs more than two statements. */
const partsMax = 2;
const claimCharactersMax = 512;

/** The form of evidence whose parts are `statement`s. */
export function evidenceSchema<S extends Statement>(
  statement: v.GenericSchema<unknown, Signed<S>>,
): v.GenericSchema<unknown, Evidence<S>> {
  return v.strictObject({
    kind: v.pipe(v.string(), v.regex(/^E\d{1,2}$/)),
    cluster: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    epoch: integerSchema,
    accused: replicaIdSchema,
    parts: v.pipe(v.array(statement), v.minLength(1), v.maxLength(partsMax)),
    claim: v.pipe(v.string(), v.maxLength(claimCharactersMax)),
  });
}

/** The evidence that `parts` are, or `null`. */
export function prove<S extends Statement>(
  kind: EvidenceKind<S>,
  parts: readonly Signed<S>[],
  jurisdiction: Jurisdiction,
): Evidence<S> | null {
  const [first] = parts;
  const claim = kind.convicts(parts, jurisdiction);
  if (!first || claim === null) return null;
  const { cluster, epoch } = jurisdiction.domain;
  return { kind: kind.id, cluster, epoch, accused: first.signer, parts, claim };
}

/** Why `evidence` convicts nobody, in words, or `null` when it does. Needs nothing but the genesis. */
export function evidenceProblem<S extends Statement>(
  { kinds }: Pick<Accountability<S>, 'kinds'>,
  evidence: Evidence<S>,
  jurisdiction: Jurisdiction,
): string | null {
  const { kind: id, cluster, epoch, accused, parts, claim } = evidence;
  const { domain, voters, isSigned } = jurisdiction;
  if (cluster !== domain.cluster || epoch !== domain.epoch) return 'it is about another epoch';
  const kind = kinds.find((candidate) => candidate.id === id);
  if (!kind) return `there is no evidence of kind ${id} here`;
  if (!voters.includes(accused)) return 'the accused is not on the roster';
  if (parts.some(({ signer }) => signer !== accused))
    return 'a part is by another than the accused';
  if (!parts.every(isSigned)) return 'a part has a false signature';
  const proved = kind.convicts(parts, jurisdiction);
  if (proved === null) return `its parts are not ${kind.title}`;
  return proved === claim ? null : 'its claim is not what its parts prove';
}
