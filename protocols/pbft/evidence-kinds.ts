/**
 * What convicts a replica of PBFT, each kind with why no honest one can make it. E numbers are those of
 * `../byzantine/README.md`. Never accused: silence, slowness, order, and whatever is not signed.
 */
import type { EvidenceKind } from '../core/evidence.ts';
import { sayTheSame, type Signed } from '../core/signed.ts';
import type { Commit, PbftStatement, ViewChange } from './messages.ts';
import { primaryOf } from './setting.ts';

type Part = Signed<PbftStatement>;
type Kind = EvidenceKind<PbftStatement>;
type KindName = PbftStatement['kind'];
type Slotted = Extract<PbftStatement, { digest: string }>;

/** The bodies of two statements of one signer, both of one of `names`. */
function twoOf<K extends KindName>(
  parts: readonly Part[],
  names: readonly K[],
): [Extract<PbftStatement, { kind: K }>, Extract<PbftStatement, { kind: K }>] | null {
  const [first, second] = parts;
  if (!first || !second || parts.length !== 2 || first.signer !== second.signer) return null;
  if (first.body.kind !== second.body.kind || !names.some((k) => k === first.body.kind))
    return null;
  type Body = Extract<PbftStatement, { kind: K }>;
  return [first.body as Body, second.body as Body];
}

const short = (digest: string): string => digest.slice(0, 8);
const digestsOf = (first: Slotted, second: Slotted): string =>
  `${short(first.digest)} and ${short(second.digest)}`;

/** P4, PI7: the primary assigns a sequence number once, and stores that before it says so. */
export const doubleProposal: Kind = {
  id: 'E1',
  title: 'two proposals for one slot',
  convicts(parts, jurisdiction) {
    const [first, second] = twoOf(parts, ['PRE-PREPARE']) ?? [];
    if (!first || !second || !contradict(first, second)) return null;
    if (parts[0]?.signer !== primaryOf(first.view, jurisdiction)) return null;
    return `proposed ${digestsOf(first, second)} for slot ${first.n} in view ${first.view}`;
  },
};

/**
 * PI7: in each (v, n) a replica stands for one digest. What it commits it has prepared, and it says PREPARE, or as primary
 * PRE-PREPARE, for one: so two words of different kinds convict as well.
 */
export const doubleVote: Kind = {
  id: 'E2',
  title: 'two votes for one slot',
  convicts(parts, jurisdiction) {
    const [first, second] = parts;
    if (!first || !second || parts.length !== 2 || first.signer !== second.signer) return null;
    const [a, b] = [first.body, second.body];
    if (!isOfSlot(a) || !isOfSlot(b) || !contradict(a, b)) return null;
    const proposals = [a, b].filter(({ kind }) => kind === 'PRE-PREPARE').length;
    if (proposals === 2) return null;
    if (proposals === 1 && first.signer !== primaryOf(a.view, jurisdiction)) return null;
    const { n, view } = a;
    const what =
      a.kind === b.kind
        ? `${a.kind} for ${digestsOf(a, b)}`
        : `${a.kind} for ${short(a.digest)} and ${b.kind} for ${short(b.digest)}`;
    return `signed ${what} in slot ${n} of view ${view}`;
  },
};

/** PI4: the state after slot n follows from what is committed. */
export const doubleCheckpoint: Kind = {
  id: 'E3',
  title: 'two checkpoints of one slot',
  convicts(parts) {
    const [first, second] = twoOf(parts, ['CHECKPOINT']) ?? [];
    if (!first || !second || first.n !== second.n || first.digest === second.digest) return null;
    return `claims the states ${digestsOf(first, second)} after slot ${first.n}`;
  },
};

/** P17, P22: a NEW-VIEW is stored whole before it is first sent. */
export const doubleNewView: Kind = {
  id: 'E6',
  title: 'two new views of one view',
  convicts(parts, jurisdiction) {
    const [first, second] = twoOf(parts, ['NEW-VIEW']) ?? [];
    if (!first || !second || first.view !== second.view || sayTheSame(first, second)) return null;
    if (parts[0]?.signer !== primaryOf(first.view, jurisdiction)) return null;
    return `began view ${first.view} in two ways`;
  },
};

/**
 * P8, P15: who signs COMMIT(v, n, d) has prepared it, and shows that in every later view change until a checkpoint
 * covers n or a certificate of a higher view takes its place, whatever its digest.
 */
export const omission: Kind = {
  id: 'E7',
  title: 'a view change that hides what was prepared',
  convicts(parts) {
    const commit = bodyOf(parts, 'COMMIT');
    const viewChange = bodyOf(parts, 'VIEW-CHANGE');
    if (parts.length !== 2 || !commit || !viewChange) return null;
    if (parts[0]?.signer !== parts[1]?.signer || !hides(viewChange, commit)) return null;
    const { view, n, digest } = commit;
    const said = `signed COMMIT for ${short(digest)} in slot ${n} of view ${view}`;
    return `${said}, and moved to view ${viewChange.view} as if it had not`;
  },
};

/** P22: a VIEW-CHANGE is frozen for its view, across restarts too. */
export const doubleViewChange: Kind = {
  id: 'E8',
  title: 'two view changes to one view',
  convicts(parts) {
    const [first, second] = twoOf(parts, ['VIEW-CHANGE']) ?? [];
    if (!first || !second || first.view !== second.view || sayTheSame(first, second)) return null;
    return `moved to view ${first.view} with two accounts of what it knows`;
  },
};

/** Whether `viewChange` should have shown that `commit`'s signer prepared, and does not. */
export function hides({ view, stable, prepared }: ViewChange, commit: Commit): boolean {
  if (view <= commit.view || stable >= commit.n) return false;
  return !prepared.some(({ prePrepare: { body } }) => {
    return body.n === commit.n && body.view >= commit.view;
  });
}

type InSlot = Extract<PbftStatement, { view: number; digest: string }>;

function isOfSlot(body: PbftStatement): body is InSlot {
  return 'view' in body && 'digest' in body;
}

/** The same slot of one view, and another digest. */
function contradict(first: InSlot, second: InSlot): boolean {
  return first.view === second.view && first.n === second.n && first.digest !== second.digest;
}

function bodyOf<K extends KindName>(
  parts: readonly Part[],
  kind: K,
): Extract<PbftStatement, { kind: K }> | null {
  const found = parts.find(({ body }) => body.kind === kind);
  return found ? (found.body as Extract<PbftStatement, { kind: K }>) : null;
}
