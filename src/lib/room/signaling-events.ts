/** What the signaling client tells the room, and how it reads what the server tells it. */
import * as v from 'valibot';
import type { MemberId } from '#protocols/core/ids.ts';
import { doorLimits, toTabSchema, type DoorError, type ToTab } from '#signaling/messages.ts';

export type SignalingState =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  /** Tried again by itself. `why` is empty when the server cannot be reached. */
  | { readonly state: 'reconnecting'; readonly why: string }
  /** Not tried again. `why` is a sentence for the person. */
  | { readonly state: 'refused'; readonly error: DoorError; readonly why: string }
  | { readonly state: 'closed' };

/** What happens at the door, as the server tells it. */
export type SignalingEvent =
  | Extract<ToTab, { type: 'joined' | 'arrived' | 'departed' | 'locked' }>
  | { readonly type: 'state'; readonly state: SignalingState }
  /** The facilitator showed this member out. */
  | { readonly type: 'removed' }
  /** An order was not carried out; `why` is a sentence for the person. */
  | { readonly type: 'failed'; readonly error: DoorError; readonly why: string };

export type Entry =
  | { readonly type: 'create' }
  | { readonly type: 'join'; readonly code: string }
  | {
      readonly type: 'resume';
      readonly code: string;
      readonly facilitator: MemberId;
      readonly locked: boolean;
    };

/** `null` when it is not a message of the door. */
export function parseToTab(data: unknown): ToTab | null {
  if (typeof data !== 'string' || data.length > doorLimits.messageBytesMax) return null;
  try {
    const result = v.safeParse(toTabSchema, JSON.parse(data));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

type Server = Extract<ToTab, { type: 'welcome' }>['iceServers'][number];

/** Without the fields that were not given: RTCPeerConnection takes no `undefined`. */
export function plainServer({ urls, username, credential }: Server): RTCIceServer {
  return {
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  };
}
