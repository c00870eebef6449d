/** How a member gets to the door of its room and to the others: by the page's own server, or by a PeerServer. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { ChannelSource } from '../mesh/channel.ts';
import { PathSource } from '../mesh/paths.ts';
import { RelaySource } from '../mesh/relay.ts';
import { SimplePeerSource } from '../mesh/simple-peer.ts';
import type { Clock } from '../tab/clock.ts';
import { drawRoomCode, randomBelow } from './draw.ts';
import { overWebSocket, type OpenDoorLine } from './door-line.ts';
import type { Meeting } from './meeting.ts';
import { PeerWay } from './peer-way.ts';
import type { Seat } from './seats.ts';
import type { SignalingClient, SignalingEvent } from './signaling-client.ts';

export interface Way {
  readonly open: OpenDoorLine;
  /** Whether what the door says of a room's facilitator can be true. */
  isFacilitator(member: MemberId, code: string): boolean;
  /** The code of a room whose facilitator `office` will be, and that is not open yet. */
  codeFor(office: MemberId): string;
  /** Takes in what the door tells of the members, as soon as it is told. */
  heed(event: SignalingEvent): void;
  /** Channels to the members that `door` names. */
  source(door: SignalingClient): ChannelSource;
  /** Gives back what was held on the way. The channels stay. */
  close(): void;
}

export interface WayOptions {
  readonly seat: Seat;
  readonly clock: Clock;
}

export function wayTo(meeting: Meeting, { seat, clock }: WayOptions): Way {
  if (meeting.via === 'peers') return new PeerWay({ ...meeting, seat, clock });
  return {
    open: overWebSocket((query) => new WebSocket(meeting.url + query)),
    isFacilitator: () => true,
    codeFor: () => drawRoomCode(randomBelow),
    heed: () => undefined,
    source: (door) =>
      new PathSource(
        new SimplePeerSource(seat.id, door, clock),
        new RelaySource(seat.id, door, clock),
        clock,
      ),
    close: () => undefined,
  };
}
