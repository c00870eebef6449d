/** What a seat keeps of the door of each room that it was in, for its next page. */
import * as v from 'valibot';
import { replicaIdSchema } from '#protocols/core/client.ts';
import { peerPlaceSchema, type PeerPlace } from './meeting.ts';
import type { Seat } from './seats.ts';

const recordKey = (code: string): string => `door/${code}`;

const doorRecordSchema = v.strictObject({
  facilitator: replicaIdSchema,
  wantsSeat: v.boolean(),
  /** Absent: the page's own server. */
  peers: v.exactOptional(peerPlaceSchema),
});
export type DoorRecord = v.InferOutput<typeof doorRecordSchema>;

/** `null` if the seat was never in the room with this code. */
export async function doorRecordOf(seat: Seat, code: string): Promise<DoorRecord | null> {
  const kept = await seat.get(recordKey(code));
  const record = v.safeParse(doorRecordSchema, kept.ok ? kept.value : undefined);
  return record.success ? record.output : null;
}

export async function keepDoorRecord(seat: Seat, code: string, record: DoorRecord): Promise<void> {
  await seat.put(recordKey(code), record);
}

/** Where a seat's own room was entered, when not by the page's own server. */
export async function peersOf(seat: Seat): Promise<PeerPlace | null> {
  return (await doorRecordOf(seat, seat.room))?.peers ?? null;
}
