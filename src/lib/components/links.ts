/** What the declared faults of all seats add up to, link by link. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { LinkFaultView, LobbyMember, SeatView } from '../view/types.ts';
import { list } from './words.ts';

/** A link that somebody cut or disturbs. `a` stands before `b` in the roster. */
export interface LinkMark {
  readonly a: ReplicaId;
  readonly b: ReplicaId;
  readonly cutAtoB: boolean;
  readonly cutBtoA: boolean;
  /** Late, lossy, doubling or reordering, though not cut both ways. */
  readonly disturbed: boolean;
}

const untouched = {
  cut: null,
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
} as const;

/** A link to `peer` as the network made it. */
export function noFault(peer: ReplicaId): LinkFaultView {
  return { peer, ...untouched };
}

export function isDisturbed(fault: LinkFaultView): boolean {
  return fault.delayMs + fault.jitterMs + fault.loss + fault.duplicate + fault.reorder > 0;
}

/** Every link with a fault once, in the order of the roster. A link is cut when either end cuts it. */
export function linkMarks(seats: readonly SeatView[]): readonly LinkMark[] {
  const marks: LinkMark[] = [];
  const faultOf = (from: SeatView, to: SeatView) =>
    from.faults.find((fault) => fault.peer === to.id) ?? noFault(to.id);
  seats.forEach((a, i) => {
    for (const b of seats.slice(i + 1)) {
      const ofA = faultOf(a, b);
      const ofB = faultOf(b, a);
      const cutAtoB = cuts(ofA, 'out') || cuts(ofB, 'in');
      const cutBtoA = cuts(ofB, 'out') || cuts(ofA, 'in');
      const disturbed = !(cutAtoB && cutBtoA) && (isDisturbed(ofA) || isDisturbed(ofB));
      if (cutAtoB || cutBtoA || disturbed) {
        marks.push({ a: a.id, b: b.id, cutAtoB, cutBtoA, disturbed });
      }
    }
  });
  return marks;
}

function cuts(fault: LinkFaultView, way: 'out' | 'in'): boolean {
  return fault.cut === 'both' || fault.cut === way;
}

/** `Cut: Ana – Ben, Cleo → Dan`; `null` when no link is cut. */
export function cutsInWords(
  marks: readonly LinkMark[],
  nameOf: (id: ReplicaId) => string,
): string | null {
  const phrases = marks
    .filter((mark) => mark.cutAtoB || mark.cutBtoA)
    .map((mark) => {
      if (mark.cutAtoB && mark.cutBtoA) return `${nameOf(mark.a)} – ${nameOf(mark.b)}`;
      return mark.cutAtoB
        ? `${nameOf(mark.a)} → ${nameOf(mark.b)}`
        : `${nameOf(mark.b)} → ${nameOf(mark.a)}`;
    });
  return phrases.length === 0 ? null : `Cut: ${list(phrases, 4)}`;
}

/** Two members of the lobby; `linked` by the report of both, of one, or of none. */
export interface MemberPair {
  readonly a: LobbyMember;
  readonly b: LobbyMember;
  readonly linked: 'both' | 'one' | 'none';
}

export function memberPairs(members: readonly LobbyMember[]): readonly MemberPair[] {
  return members.flatMap((a, i) =>
    members.slice(i + 1).map((b): MemberPair => {
      const reports = Number(a.linkedWith.includes(b.id)) + Number(b.linkedWith.includes(a.id));
      return { a, b, linked: reports === 2 ? 'both' : reports === 1 ? 'one' : 'none' };
    }),
  );
}

/** Who is connected to whom, in one sentence. */
export function pairsInWords(pairs: readonly MemberPair[]): string {
  if (pairs.length === 0) return 'Nobody else is here yet.';
  const missing = pairs.filter((pair) => pair.linked !== 'both');
  if (missing.length === 0) return 'Everybody is connected with everybody.';
  const phrases = missing.map((pair) => `${pair.a.name} – ${pair.b.name}`);
  return `Not connected yet: ${list(phrases)}.`;
}
