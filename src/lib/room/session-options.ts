/** What a member's stay in a room is made of. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { FaultyMesh } from '../mesh/faults.ts';
import type { Clock } from '../tab/clock.ts';
import type { DeviceFacts } from './device.ts';
import type { TabPace } from './messages.ts';
import type { Seat } from './seats.ts';

export interface SessionOptions {
  readonly seat: Seat;
  readonly mesh: FaultyMesh;
  readonly clock: Clock;
  readonly code: string;
  readonly facilitator: MemberId;
  readonly wantsSeat: boolean;
  /** The disk of an earlier seat was wiped: this is a stranger with an old name. */
  readonly cameBackWiped: boolean;
  /** How this tab runs; `null` where several members share one page. */
  readonly pace: () => TabPace | null;
  /** What this device can do; `null` where nobody is to be told. */
  readonly facts: (() => Promise<DeviceFacts>) | null;
  /** The key that a member's link proved, `null` before its first. */
  readonly keyOf: (member: MemberId) => Uint8Array | null;
}
