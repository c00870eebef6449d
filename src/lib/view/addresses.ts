/** The addresses of this page, its server's door and its rooms. */
import { meetAt, peerPlaceSchema, type Meeting, type MeetingOutcome } from '../room/meeting.ts';
import type { PeerPlace } from '../room/meeting.ts';
import * as v from 'valibot';

/** What an invitation says of where its room meets. */
const serverParameter = 'peers';
const iceParameter = 'ice';

/** The door of the server that this page came from. */
export function signalUrl(): string {
  const url = new URL('signal', pageUrl());
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Where the room meets that has this place; the page's own server for `null`. */
export function meetingAt(
  place: PeerPlace | null,
): MeetingOutcome | { ok: true; meeting: Meeting } {
  if (place !== null) return meetAt(place, pageUrl());
  return { ok: true, meeting: { via: 'server', url: signalUrl() } };
}

/** The part of the page's address after `#` that leads into a room, or to a screen that watches it. */
export function roomHash(
  code: string,
  place: PeerPlace | null,
  route: 'r' | 'watch' = 'r',
): string {
  if (place === null) return `#/${route}/${code}`;
  const query = new URLSearchParams({ [serverParameter]: place.server });
  if (place.ice !== '') query.set(iceParameter, place.ice);
  return `#/${route}/${code}?${query}`;
}

/** What the part after `#` of a page's address says of where to meet; `null` for the page's own server. */
export function placeIn(hash: string): PeerPlace | null {
  const query = new URLSearchParams(/\?(.*)$/.exec(hash)?.[1] ?? '');
  const named = { server: query.get(serverParameter), ice: query.get(iceParameter) ?? '' };
  const place = v.safeParse(peerPlaceSchema, named);
  return place.success ? place.output : null;
}

/** The link that leads others into the room. From a page on `localhost` it names the server as others reach it. */
export function inviteUrl(code: string, place: PeerPlace | null): string {
  const url = new URL(pageUrl());
  if (lanOrigin) {
    const lan = new URL(lanOrigin);
    url.protocol = lan.protocol;
    url.host = lan.host;
  }
  url.hash = roomHash(code, place);
  return url.href;
}

/**
 * Asks the server how other devices reach it, for a page opened as `localhost`. Resolves to whether there is one of ours:
 * a plain static host does not know what is asked.
 */
export async function learnAddresses(): Promise<boolean> {
  try {
    const answer = await fetch(new URL('addresses', pageUrl()));
    const addresses: unknown = await answer.json();
    if (!Array.isArray(addresses)) return false;
    const [first] = addresses.filter((address) => typeof address === 'string');
    if (first && onOwnMachine()) lanOrigin = first;
    return true;
  } catch {
    // Nobody to ask: the page's own address has to do.
    return false;
  }
}

/** Whether the page's own server was asked to have a PeerServer as well. */
export async function ownPeerServerAnswers(): Promise<boolean> {
  try {
    const answer: unknown = await (await fetch(new URL('peerjs/', pageUrl()))).json();
    return typeof answer === 'object' && answer !== null && 'name' in answer;
  } catch {
    return false;
  }
}

/** Whether others reach the page's server by another address than this tab. */
export const onOwnMachine = (): boolean => /^(localhost|127\.|\[::1\])/.test(location.hostname);

let lanOrigin: string | null = null;

function pageUrl(): string {
  return location.href.replace(/[#?].*$/, '');
}
