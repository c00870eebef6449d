/** "Try alone": a few members, each a replica with a disk of its own, one page, links by loopback. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ProfileName } from '#protocols/core/timing.ts';
import { protocolNamed, type ProtocolName } from '#protocols/registry.ts';
import { FaultyMesh } from '../mesh/faults.ts';
import { LoopbackHub } from '../mesh/loopback.ts';
import { Mesh } from '../mesh/mesh.ts';
import { WorkerClock } from '../tab/clock.ts';
import type { Visit } from './enter.ts';
import { Facilitator } from './facilitator.ts';
import { verifySignature } from './identity.ts';
import { createSeat, forget, offers, type Seat } from './seats.ts';
import { RoomSession } from './session.ts';

export const aloneRoom = 'ALONE';
const names = ['Ana', 'Ben', 'Eva', 'Ida', 'Leo'] as const;

/** Replicas of a room of one: as few as bear one liar, or five where one liar is too many. */
export function seatsAlone(protocol: ProtocolName): number {
  const { signed, votersMin } = protocolNamed(protocol);
  return signed ? votersMin : names.length;
}

export type AloneOutcome =
  | { readonly ok: true; readonly visits: readonly Visit[] }
  | { readonly ok: false; readonly error: string };

/** Opens the room, links everybody and starts the first epoch. `visits[0]` is the facilitator's. */
export async function openAlone(
  protocol: ProtocolName,
  profile: ProfileName,
): Promise<AloneOutcome> {
  // A page that was closed abruptly left its seats behind.
  for (const { id } of await offers(aloneRoom)) await forget(id);
  const seats: Seat[] = [];
  for (const [i, name] of names.slice(0, seatsAlone(protocol)).entries()) {
    const role = i === 0 ? 'facilitator' : 'member';
    const created = await createSeat({ room: aloneRoom, name, role });
    if (!created.ok) return { ok: false, error: created.error };
    seats.push(created.seat);
  }
  const clock = new WorkerClock();
  const hub = new LoopbackHub();
  const sessions = seats.map((seat) => member(seat, { hub, clock, seats }));
  const [first] = sessions;
  if (!first) return { ok: false, error: 'There is nobody.' };
  const facilitator = new Facilitator(first, null);
  const visits = sessions.map((session): Visit => {
    const { seat } = session.options;
    const leave = (reason: string): void => {
      session.leave(reason);
      seat.close();
      void forget(seat.id);
    };
    return { code: aloneRoom, session, facilitator, mayOrder: true, group: null, leave };
  });
  for (const { session } of visits) await session.begin();
  const roster = seats.map(({ id, name, signer, shareKey }) => ({
    id,
    name,
    publicKey: bytesToHex(signer.publicKey),
    shareKey,
  }));
  const started = await facilitator.startEpoch({
    protocol,
    seats: roster,
    profile,
    state: 'empty',
    bug: null,
    switches: [],
  });
  return started.ok ? { ok: true, visits } : started;
}

interface Place {
  readonly hub: LoopbackHub;
  readonly clock: WorkerClock;
  readonly seats: readonly Seat[];
}

function member(seat: Seat, { hub, clock, seats }: Place): RoomSession {
  const mesh = new Mesh({
    source: hub.source(seat.id),
    room: aloneRoom,
    signer: seat.signer,
    verify: verifySignature,
    incarnation: seat.pageIncarnation,
    name: seat.name,
    clock,
  });
  const facilitator = seats[0] ?? seat;
  const session = new RoomSession({
    seat,
    mesh: new FaultyMesh(mesh, { clock }),
    clock,
    code: aloneRoom,
    facilitator: facilitator.id,
    wantsSeat: true,
    cameBackWiped: false,
    pace: () => null,
    facts: null,
    keyOf: (member) => mesh.member(member)?.publicKey ?? null,
  });
  // Everybody is announced once all of them stand at the hub.
  queueMicrotask(() => {
    for (const other of seats) {
      session.noteMember(other.id, { name: other.name, present: true });
      mesh.announce(other.id);
    }
  });
  return session;
}
