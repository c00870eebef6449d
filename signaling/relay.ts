/**
 * Frames between two members of one room whom no network connects, passed on unread: the tabs seal them end to end, and
 * bound what may be under way between two of them. Nothing is dropped for speed: who sends more than its budget is read
 * more slowly.
 *
 * A frame is a binary message: 16 bytes of a member id, the receiver's on the way in and the sender's on the way out,
 * then what the tabs have to say to each other.
 */
import { count } from './counts.ts';
import { rebuke, type Guest } from './guests.ts';
import type { Context } from './hear.ts';
import { doorLimits, relayHeaderBytes } from './messages.ts';
import { rates, spend } from './rate.ts';

/** The least that a frame costs of a budget: a small one takes as much of the processor. */
const relayBytesMin = 512;

/** Acts on one binary message of `guest`. */
export function relay(context: Context, guest: Guest, frame: Buffer): void {
  const from = context.rooms.memberOf(guest);
  const isOfSize = frame.length > relayHeaderBytes && frame.length <= doorLimits.relayBytesMax;
  if (!isOfSize || from === null) return rebuke(guest);
  count(guest.counts.messages, 'relayed');
  holdBack(context, guest, Math.max(frame.length, relayBytesMin));
  const to = frame.toString('hex', 0, relayHeaderBytes);
  Buffer.from(from, 'hex').copy(frame);
  context.rooms.pass(guest, to, { frame });
}

/** Reads no more of `guest` until its budget has come back. */
function holdBack({ now, relayRate }: Context, guest: Guest, bytes: number): void {
  const own = spend(guest.relayed, rates.relayBytesPerSocket, now(), bytes);
  const shared = spend(relayRate, rates.relayBytesOfServer, now(), bytes);
  const waitMs = Math.max(own, shared);
  if (waitMs === 0 || guest.socket.isPaused) return;
  guest.socket.pause();
  setTimeout(() => guest.socket.resume(), waitMs).unref();
}
