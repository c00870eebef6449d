/**
 * A big room that is split: the draw, as part of its charter. Signed by its facilitator like every order, so that no
 * member can send others away; kept by every seat, so that who reloads or was away finds it.
 *
 * A group is an ordinary room at the same door. Nobody opens it for the others: its code is drawn with it, and who comes
 * first makes the room, as after a restart of the server. Its first member holds its office, and not the facilitator of the
 * big room: an office is one tab's key, one tab is in one room, and a group has to go on when that tab is gone.
 */
import * as v from 'valibot';
import { replicaIdSchema } from '#protocols/core/client.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { codeSchema as roomCodeSchema, doorLimits, nameSchema } from '#signaling/messages.ts';

const membersMax = doorLimits.membersPerRoomMax;

const drawnSchema = v.strictObject({ id: replicaIdSchema, name: nameSchema });
/** Somebody as drawn. The name is for those who come when its bearer is away. */
export type Drawn = v.InferOutput<typeof drawnSchema>;

const groupSchema = v.strictObject({
  code: roomCodeSchema,
  /** The first holds the office. */
  members: v.pipe(v.array(drawnSchema), v.minLength(1), v.maxLength(membersMax)),
});
export type Group = v.InferOutput<typeof groupSchema>;

export const splitSchema = v.strictObject({
  groups: v.pipe(v.array(groupSchema), v.minLength(1), v.maxLength(membersMax)),
});
export type Split = v.InferOutput<typeof splitSchema>;

/** Where in a split somebody belongs. */
export interface GroupPlace {
  /** Code of the big room. */
  readonly home: string;
  /** From 1. */
  readonly number: number;
  readonly groups: number;
  readonly group: Group;
}

/** The place of `member`: as drawn, else in the group whose code it chose itself. */
export function placeIn(
  { groups }: Split,
  who: { readonly home: string; readonly member: MemberId; readonly chosen: string | null },
): GroupPlace | null {
  const drawn = groups.findIndex(({ members }) => members.some(({ id }) => id === who.member));
  const index = drawn >= 0 ? drawn : groups.findIndex(({ code }) => code === who.chosen);
  const group = groups[index];
  return group ? { home: who.home, number: index + 1, groups: groups.length, group } : null;
}

/** Who holds the office of the group's room. */
export function officeOf({ members }: Group): Drawn {
  const [first] = members;
  if (!first) throw new Error('a group has a first member');
  return first;
}
