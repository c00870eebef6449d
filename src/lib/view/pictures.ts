/** What a screen shows of a session at one moment: plain values from plain reading. */
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { Timing } from '#protocols/core/timing.ts';
import { protocols } from '#protocols/registry.ts';
import type { GroupPlace } from '../room/split.ts';
import type { EpochRun } from '../room/epoch-run.ts';
import { rosterProblem } from '../room/genesis.ts';
import type { RoomSession } from '../room/session.ts';
import { list } from './narration.ts';
import { staleMs } from './seat-fold.ts';
import type { SeatFold, SeatFolds } from './seat-fold.ts';
import { slownessOf } from './slowness.ts';
import { groupView } from './split.ts';
import type { LobbyMember, RoomHeader, SeatView, SignalingView, Vitals } from './types.ts';

export function seatsOf(session: RoomSession, folds: SeatFolds, now: number): readonly SeatView[] {
  const { run, machine, frozen } = session;
  if (!run) return [];
  const links = new Map(session.mesh.links().map((link) => [link.peer, link]));
  const { membership } = run;
  return inRosterOrder(run).map((id, index): SeatView => {
    const fold = folds.of(id);
    const mine = id === session.id;
    const heardAgoMs = mine ? 0 : fold.heardAt === null ? null : now - fold.heardAt;
    const own = machine?.condition === 'running' && frozen ? 'frozen' : machine?.condition;
    const stale = heardAgoMs === null || heardAgoMs > staleMs;
    const link = links.get(id) ?? null;
    const running = fold.condition === 'running' || fold.condition === 'paused';
    return {
      id,
      name: nameOf(session, id),
      index,
      membership: membership.learners.includes(id)
        ? 'learner'
        : membership.voters.includes(id)
          ? 'voter'
          : 'leaving',
      mine,
      condition: (mine ? own : fold.condition) ?? 'unknown',
      stale,
      heardAgoMs,
      slow: slownessOf({ pace: fold.pace, stale, heardAgoMs, link }),
      pace: fold.pace,
      summary: fold.summary,
      timer: running && !frozen ? arcOf(fold, run.setting.timing, now) : null,
      link,
      faults: fold.faults,
    };
  });
}

/** What everybody calls `id`. */
export function nameOf({ run, gossip }: RoomSession, id: MemberId): string {
  const seat = run?.genesis.roster.find((seat) => seat.id === id);
  return seat?.name ?? (gossip.members.get(id)?.name || 'somebody');
}

/** The members of the cluster: who was on the roster keeps the place, newcomers follow. */
function inRosterOrder({ setting, membership }: EpochRun): readonly ReplicaId[] {
  const { members } = membership;
  const founders = setting.voters.filter((id) => members.includes(id));
  return [...founders, ...members.filter((id) => !founders.includes(id))];
}

/** Heartbeats faster than eyes reset the arc before it is seen: it is drawn once some are missing. */
function arcOf({ timer }: SeatFold, timing: Timing, now: number): SeatView['timer'] {
  const tooFast = timing.heartbeatTicks < 100;
  return tooFast && timer && now - timer.setAt < 3 * timing.heartbeatTicks ? null : timer;
}

/** Whether this screen believes that the seat takes part. */
export const isAlive = (seat: SeatView): boolean =>
  !seat.stale && (seat.condition === 'running' || seat.condition === 'frozen');

/** What the header says beyond what the session knows. */
export interface HeaderContext {
  readonly signaling: SignalingView;
  readonly problem: string;
  /** Whether this screen has the facilitator's controls. */
  readonly mayOrder: boolean;
  readonly group: GroupPlace | null;
}

export function headerOf(
  session: RoomSession,
  seats: readonly SeatView[],
  { signaling, problem, mayOrder, group }: HeaderContext,
): Omit<RoomHeader, 'inviteUrl' | 'tabUrl'> {
  const { run, charter, options } = session;
  const name = run?.setting.protocol ?? charter?.protocol ?? 'raft';
  const protocol = protocols[name];
  const switches = run?.genesis.switches ?? charter?.switches ?? [];
  const removed = charter?.removed.includes(session.id) ?? false;
  const voters = seats.filter(({ membership }) => membership === 'voter');
  const facilitator = session.gossip.members.get(options.facilitator)?.name ?? '';
  return {
    code: options.code,
    phase: removed ? 'removed' : !charter ? 'joining' : run ? 'running' : 'lobby',
    problem,
    epoch: run?.genesis.epoch ?? 0,
    protocol: name,
    protocolTitle: protocol.title,
    ways: ['log', ...protocol.reads(switches)],
    bug: run?.genesis.bug ?? null,
    switches,
    profile: run?.genesis.profile ?? charter?.profile ?? 'wifi',
    facilitator: mayOrder,
    facilitatorName: facilitator,
    frozen: session.frozen,
    locked: charter?.locked ?? false,
    lies: charter?.lies ?? true,
    voters: voters.length,
    learners: seats.filter(({ membership }) => membership === 'learner').length,
    alive: voters.filter(isAlive).length,
    quorum: protocol.quorum(voters.length),
    signaling,
    seated: run?.seated ?? false,
    unseatedBecause: unseatedBecause(session),
    group: groupView(group),
  };
}

function unseatedBecause({ run, gossip, options, id }: RoomSession): string {
  if (!run || run.seated) return '';
  if (options.cameBackWiped) {
    return wipedBecause(run);
  }
  if (!gossip.wantsSeat) return 'This screen takes no seat.';
  if (run.setting.voters.includes(id)) {
    return 'You were removed from the cluster. Your replica keeps its log; the leader can admit it again.';
  }
  if (!protocols[run.setting.protocol].signed) {
    return 'This epoch began without you. Your replica is ready: whoever leads can admit it, and the facilitator with the next epoch.';
  }
  return 'This epoch began without you, and its roster is fixed: the facilitator can give you a seat in the next epoch.';
}

function wipedBecause({ setting }: EpochRun): string {
  const { signed, title } = protocols[setting.protocol];
  const stranger = 'Your disk was wiped, so you are a stranger here:';
  if (!signed) {
    return `${stranger} your old seat must not vote with an empty log. Whoever leads can admit you as a newcomer, or the next epoch.`;
  }
  return `${stranger} a key without its memory can sign twice, which ${title} calls Byzantine. Your old seat stays empty and counts against f until the next epoch.`;
}

export function lobbyMembersOf(session: RoomSession): readonly LobbyMember[] {
  const links = new Map(session.mesh.links().map((link) => [link.peer, link]));
  return session.gossip.members.present().map(({ id, name, wantsSeat, linkedWith, device }) => ({
    id,
    name,
    mine: id === session.id,
    facilitator: id === session.options.facilitator,
    wantsSeat,
    linkedWith,
    device,
    link: links.get(id) ?? null,
  }));
}

/** Why the first epoch cannot start now, in words; `null` when it can. */
export function whyNotStart(session: RoomSession): string | null {
  const { gossip, options, charter, id } = session;
  const { members } = gossip;
  const seats = members.present().filter(({ wantsSeat }) => wantsSeat);
  const unlinked = seats.filter((seat) => seat.id !== id && !options.keyOf(seat.id));
  if (unlinked.length > 0) {
    return `Waiting for a link to ${list(unlinked.map(({ name }) => name))}.`;
  }
  return rosterProblem(charter?.protocol ?? 'raft', seats.length);
}

export function vitalsOf(session: RoomSession, folds: SeatFolds, storage: string): Vitals {
  const counts = new Map(session.refused);
  const links = session.mesh.links();
  for (const { peer, badFrames } of links) {
    if (badFrames > 0) counts.set(peer, (counts.get(peer) ?? 0) + badFrames);
  }
  return {
    refusedByPeer: [...counts].map(([peer, count]) => ({
      peer: session.gossip.members.get(peer)?.name || peer.slice(0, 8),
      count,
    })),
    traceGaps: folds.all().reduce((sum, { gaps }) => sum + gaps, 0),
    connections: links.reduce((sum, { connections }) => sum + connections, 0),
    storage,
  };
}
