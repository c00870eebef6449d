/** What a screen shows of a room that may be split, or is, and of the room of a group. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { RoomSession } from '../room/session.ts';
import type { Drawn, GroupPlace } from '../room/split.ts';
import { list } from './narration.ts';
import type { SignalingView } from './types.ts';

/** What the room of a group says of itself. */
export interface GroupView {
  /** From 1. */
  readonly number: number;
  readonly groups: number;
  /** Code of the big room. */
  readonly home: string;
}

export interface GroupLine {
  readonly number: number;
  readonly code: string;
  /** The first holds the office. `here`: still in touch with the big room. */
  readonly members: readonly { readonly name: string; readonly here: boolean }[];
}

export interface SplitView {
  /** Those who can be drawn: they have taken a seat. */
  readonly drawable: readonly Drawn[];
  /** Others who are here, by name. */
  readonly undrawn: readonly string[];
  /** Why the room cannot be split now, in words; `null` when it can. */
  readonly disabledBecause: string | null;
  /** `null`: the room is whole. */
  readonly groups: readonly GroupLine[] | null;
  /** Who is here and in no group, by name: came after the draw, or takes no seat. */
  readonly left: readonly string[];
}

/** Two groups of two. */
const drawnMin = 4;

export function splitOf(session: RoomSession, signaling: SignalingView): SplitView {
  const { options, gossip, charter, mesh } = session;
  const others = gossip.members.present().filter(({ id }) => id !== options.facilitator);
  const drawable = others.filter(({ wantsSeat }) => wantsSeat);
  const groups = charter?.split?.groups ?? null;
  const drawn = new Set<MemberId>(groups?.flatMap(({ members }) => members.map(({ id }) => id)));
  const up = new Set(mesh.links().flatMap(({ peer, state }) => (state === 'up' ? [peer] : [])));
  const names = (members: typeof others): string[] => members.map(({ name }) => name);
  return {
    drawable: drawable.map(({ id, name }) => ({ id, name })),
    undrawn: names(others.filter(({ wantsSeat }) => !wantsSeat)),
    disabledBecause: whyNotSplit(signaling, drawable, up),
    groups:
      groups?.map(({ code, members }, i) => ({
        number: i + 1,
        code,
        members: members.map(({ id, name }) => ({ name, here: up.has(id) })),
      })) ?? null,
    left: names(others.filter(({ id }) => !drawn.has(id))),
  };
}

function whyNotSplit(
  signaling: SignalingView,
  drawable: readonly { readonly id: MemberId; readonly name: string }[],
  up: ReadonlySet<MemberId>,
): string | null {
  if (signaling.state !== 'connected') {
    return 'The server that introduces tabs does not answer, so the members of a group could not find each other. Wait until it is back.';
  }
  if (drawable.length < drawnMin) {
    return `At least ${drawnMin} people besides you need to have taken a seat: two groups of two.`;
  }
  const unlinked = drawable.filter(({ id }) => !up.has(id)).map(({ name }) => name);
  return unlinked.length > 0 ? `Waiting for a link to ${list(unlinked)}.` : null;
}

export function groupView(place: GroupPlace | null): GroupView | null {
  return place && { number: place.number, groups: place.groups, home: place.home };
}
