/** What the person whose replica leads may do with the cluster's members, said before it is done. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { Operation } from '#protocols/core/replica.ts';
import { protocols } from '#protocols/registry.ts';
import type { Membership } from '../room/membership.ts';
import type { RoomSession } from '../room/session.ts';
import type { OfficeAct, OfficeMember, SeatView } from './types.ts';

/** Somebody in the room who has a replica ready and is not a member. */
interface Newcomer {
  readonly id: MemberId;
  readonly name: string;
}

interface OfficeOptions {
  readonly seats: readonly SeatView[];
  readonly newcomers: readonly Newcomer[];
  readonly membership: Membership;
  readonly quorum: (voters: number) => number;
}

/** Who is here with a replica that nobody has admitted. */
function newcomersOf({ run, gossip, id }: RoomSession): readonly Newcomer[] {
  const members = run?.membership.members ?? [];
  const waiting = gossip.members.present().filter((other) => other.wantsSeat && other.id !== id);
  return waiting.filter((other) => !members.includes(other.id));
}

/** `null` when the own replica does not lead, and where a leader can ask for nothing. */
export function officeOf(
  session: RoomSession,
  seats: readonly SeatView[],
): readonly OfficeMember[] | null {
  const { run } = session;
  if (!run) return null;
  const { quorum, operations } = protocols[run.setting.protocol];
  if (operations.length === 0) return null;
  const { membership } = run;
  const newcomers = newcomersOf(session);
  const options = { seats, newcomers, membership, quorum };
  const own = seats.find(({ mine }) => mine);
  if (own?.condition !== 'running' || own.summary?.role !== 'leader') return null;
  const changing = membership.votersOld.length > 0 ? 'A change is under way.' : null;
  const members = seats
    .filter(({ mine }) => !mine)
    .map(({ id, name, membership: standing }) => ({
      id,
      name,
      standing,
      acts: actsFor(id, name, options).map((act) => ({ ...act, disabledBecause: changing })),
    }));
  const outside = newcomers.map(({ id, name }) => ({
    id,
    name,
    standing: 'outside' as const,
    acts: [{ ...admit(id, name, options), disabledBecause: changing }],
  }));
  return [...outside, ...members];
}

type Act = Omit<OfficeAct, 'disabledBecause'>;

function actsFor(id: MemberId, name: string, options: OfficeOptions): readonly Act[] {
  const { voters, learners } = options.membership;
  const handOver: Act = {
    label: 'Hand over',
    forecast: `${name} gets the rest of the log, stands for election at once, and you follow.`,
    operation: { type: 'transferLeadership', to: id },
  };
  const remove: Act = {
    label: 'Remove',
    forecast: `${name} no longer counts. ${needed(voters.filter((v) => v !== id).length, options)}`,
    operation: change(
      voters.filter((v) => v !== id),
      learners.filter((l) => l !== id),
    ),
  };
  return learners.includes(id) ? [admit(id, name, options), remove] : [handOver, remove];
}

function admit(id: MemberId, name: string, options: OfficeOptions): Act {
  const { voters, learners } = options.membership;
  return {
    label: learners.includes(id) ? 'Promote' : 'Admit',
    forecast: `${name} learns the log first, then votes. ${needed(voters.length + 1, options)}`,
    operation: change(
      [...voters, id],
      learners.filter((l) => l !== id),
    ),
  };
}

const change = (voters: readonly MemberId[], learners: readonly MemberId[]): Operation => ({
  type: 'changeMembership',
  voters,
  learners,
});

const needed = (voters: number, { quorum }: OfficeOptions): string =>
  `Then ${voters} vote, and ${quorum(voters)} are needed.`;
