/**
 * What convicts a replica of HotStuff, each kind with why no honest one can make it. E numbers are those of
 * `../byzantine/README.md`. Never accused: silence, slowness, order, and whatever is not signed; a vote and a timeout of
 * one view are honest in one order and not in the other, which nobody can prove.
 */
import type { EvidenceKind } from '../core/evidence.ts';
import { sayTheSame, type Signed } from '../core/signed.ts';
import type { Chain } from './decisions.ts';
import type { HotStuffStatement, Vote } from './messages.ts';
import { leaderOf } from './rotation.ts';
import { rotationOf } from './switches.ts';

type Part = Signed<HotStuffStatement>;
type Kind = EvidenceKind<HotStuffStatement>;
type Body<K extends HotStuffStatement['kind']> = Extract<HotStuffStatement, { kind: K }>;

/** The bodies of two statements of one signer, in the order of their views. */
function twoOf(parts: readonly Part[]): [HotStuffStatement, HotStuffStatement] | null {
  const [first, second] = parts;
  if (!first || !second || parts.length !== 2 || first.signer !== second.signer) return null;
  const [a, b] = [first.body, second.body];
  return a.view <= b.view ? [a, b] : [b, a];
}

/** Both of one kind and one view, and not the same. */
function twoOfOneView<K extends HotStuffStatement['kind']>(
  parts: readonly Part[],
  kind: K,
): [Body<K>, Body<K>] | null {
  const [first, second] = twoOf(parts) ?? [];
  if (first?.kind !== kind || second?.kind !== kind) return null;
  if (first.view !== second.view || sayTheSame(first, second)) return null;
  return [first as Body<K>, second as Body<K>];
}

const short = (digest: string): string => digest.slice(0, 8);

/** H1: a leader proposes once a view, and stores that before it says so. */
export const doubleProposal: Kind = {
  id: 'E1',
  title: 'two proposals in one view',
  convicts(parts) {
    const [first, second] = twoOfOneView(parts, 'PROPOSAL') ?? [];
    if (!first || !second) return null;
    return `proposed ${short(first.block)} and ${short(second.block)} in view ${first.view}`;
  },
};

/**
 * C3, C11, CI3: one vote a view, durable whole, which is said again and never otherwise. With phases, of each one
 * (HI5): who voted to prepare a block may vote to pre-commit another, if a quorum prepared that.
 */
export const doubleVote: Kind = {
  id: 'E2',
  title: 'two votes in one view',
  convicts(parts) {
    const [first, second] = twoOfOneView(parts, 'VOTE') ?? [];
    if (!first || !second || first.phase !== second.phase) return null;
    const { view, block } = first;
    if (block === second.block) return `told two stories of ${short(block)} in view ${view}`;
    return `voted for ${short(block)} and ${short(second.block)} in view ${view}`;
  },
};

/**
 * C3, C5: who votes in view u is locked on a block of view `lockView` or a later one, durably, and votes later only for
 * what extends that or stands on a certificate of a later view: either way on one of no lower view. An equal view
 * proves nothing: once more than f lie, two blocks of one view may be certified, and an honest replica locked on the
 * other one. Not for two-chain rules, where a certificate of timeouts may free an honest replica from what it alone knew.
 *
 * With phases the vote to commit is what locks (HI8), and only the vote to prepare asks for safeNode: an honest replica
 * follows a quorum that prepared against its lock.
 */
export function lockViolation({ length }: Chain): Kind {
  return {
    id: length === 1 ? 'E9' : 'E10',
    title: 'a vote against its own lock',
    convicts(parts) {
      const [first, second] = twoOf(parts) ?? [];
      if (first?.kind !== 'VOTE' || second?.kind !== 'VOTE') return null;
      if (!isAgainstLock(first, second)) return null;
      const locked = `was locked on view ${first.lockView} when it voted in view ${first.view}`;
      return `${locked}, and voted in view ${second.view} for a block upon view ${second.justifyView}`;
    },
  };
}

/** Whether the signer of `first` cannot have voted so in the later view of `second`. */
export function isAgainstLock(first: Vote, second: Vote): boolean {
  const asksSafeNode = second.phase === 'generic' || second.phase === 'prepare';
  return asksSafeNode && first.view < second.view && second.justifyView < first.lockView;
}

/**
 * C4, C9, C21: a replica gives up a view with the highest certificate that it knows, and knows that of every block it
 * has voted for and every one it has named, durably. It says once a view what it knows, and is in no view that it knows
 * to be over: with phases, a certificate that blocks stand on ends no view.
 */
export function lyingTimeout({ length }: Chain): Kind {
  return {
    id: 'E11',
    title: 'a timeout that hides what its signer knew',
    convicts(parts) {
      const [only] = parts;
      if (parts.length === 1 && only?.body.kind === 'TIMEOUT') {
        const { view, highView } = only.body;
        if (length === 1 || highView < view) return null;
        return `gave up view ${view}, and knew that view ${highView} ended`;
      }
      const [first, second] = twoOf(parts) ?? [];
      if (!first || !second) return null;
      const knew = knownBy(first, second);
      if (knew === null) return null;
      const gaveUp = second.kind === 'TIMEOUT' ? second : first;
      const named = gaveUp.kind === 'TIMEOUT' ? gaveUp.highView : 0;
      return `knew a certificate of view ${knew}, and gave up view ${gaveUp.view} as if ${named} were the highest`;
    },
  };
}

/** The view that one of the two shows to have been known and a timeout of the same view or a later one hides. */
export function knownBy(a: HotStuffStatement, b: HotStuffStatement): number | null {
  return hiddenBy(a, b) ?? hiddenBy(b, a);
}

function hiddenBy(shown: HotStuffStatement, timeout: HotStuffStatement): number | null {
  if (timeout.kind !== 'TIMEOUT' || shown.kind === 'PROPOSAL') return null;
  const knew = shown.kind === 'VOTE' ? knownTo(shown) : shown.highView;
  return shown.view <= timeout.view && timeout.highView < knew ? knew : null;
}

/** HI4: whoever votes in a later phase has the certificate of the first. */
function knownTo({ phase, view, justifyView }: Vote): number {
  return phase === 'generic' || phase === 'prepare' ? justifyView : view;
}

/**
 * C8: a leader shows timeouts only beside a certificate as high as any that they name, and signs of both how high they
 * are. Who signs otherwise than what comes with the block is refused by everyone (`reasonToRefuseProposal`).
 */
export const unjustifiedProposal: Kind = {
  id: 'E12',
  title: 'a proposal on less than its timeouts name',
  convicts(parts) {
    const [part] = parts;
    if (parts.length !== 1 || part?.body.kind !== 'PROPOSAL') return null;
    const { view, block, justifyView, highView } = part.body;
    if (justifyView >= highView) return null;
    return `proposed ${short(block)} in view ${view} upon view ${justifyView}, beside a timeout that names ${highView}`;
  },
};

/** H1: where leaders take turns, who leads a view is a function of the view and of nothing else. */
export const proposalByOther: Kind = {
  id: 'E13',
  title: 'a proposal in a view of another leader',
  convicts(parts, { voters, switches }) {
    const [part] = parts;
    const rotation = rotationOf(switches);
    if (parts.length !== 1 || part?.body.kind !== 'PROPOSAL') return null;
    if (rotation.type === 'reputation') return null;
    const { view, block } = part.body;
    if (part.signer === leaderOf(view, null, { voters, rotation })) return null;
    return `proposed ${short(block)} in view ${view}, which another leads`;
  },
};
