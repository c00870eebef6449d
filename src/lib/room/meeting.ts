/** Where the tabs of a room find each other: at the server of the page, or at any PeerServer. */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import type { MemberId } from '#protocols/core/ids.ts';
import { codeAlphabet, codeLength, type IceServers } from '#signaling/messages.ts';

/** A PeerServer as a person and an invitation name it. */
export const peerPlaceSchema = v.strictObject({
  /** An address, or one relative to the page's: `peerjs/` is our own server's. */
  server: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  /** STUN and TURN servers with commas between: `stun:host:port`, `turn:user:secret@host:port`. Empty: none. */
  ice: v.pipe(v.string(), v.maxLength(512)),
});
export type PeerPlace = v.InferOutput<typeof peerPlaceSchema>;

export type Meeting =
  /** `url`: `ws:` or `wss:` address of the door. */
  | { readonly via: 'server'; readonly url: string }
  | {
      readonly via: 'peers';
      readonly place: PeerPlace;
      readonly server: URL;
      readonly iceServers: IceServers;
    };

export type MeetingOutcome =
  | { readonly ok: true; readonly meeting: Extract<Meeting, { via: 'peers' }> }
  | { readonly ok: false; readonly error: string };

/** `page`: the address of the page, which a relative one is relative to. */
export function meetAt(place: PeerPlace, page: string): MeetingOutcome {
  const server = urlOf(place.server, page);
  if (!server || !/^https?:$/.test(server.protocol)) {
    return { ok: false, error: 'A PeerServer has an address like https://peers.example/.' };
  }
  if (new URL(page).protocol === 'https:' && server.protocol === 'http:') {
    return {
      ok: false,
      error: 'This page came over https, so its PeerServer must have https too.',
    };
  }
  // PeerJS appends its own part.
  if (!server.pathname.endsWith('/')) server.pathname += '/';
  const iceServers = iceServersOf(place.ice);
  if (!iceServers) {
    const error = 'STUN and TURN servers are written stun:host:port or turn:user:secret@host:port.';
    return { ok: false, error };
  }
  return { ok: true, meeting: { via: 'peers', place, server, iceServers } };
}

function urlOf(text: string, base: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

const icePattern = /^(stun|turns?):(?:([^:@\s]+):([^@\s]+)@)?([\w.:[\]-]+(?:\?transport=\w+)?)$/;
const iceServersMax = 8;

function iceServersOf(text: string): IceServers | null {
  const found: IceServers = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const [, scheme, username, credential, host] = icePattern.exec(part) ?? [];
    if (scheme === undefined || found.length >= iceServersMax) return null;
    const urls = `${scheme}:${host}`;
    found.push(username === undefined ? { urls } : { urls, username, credential });
  }
  return found;
}

/**
 * The code of the room that `facilitator` opens without a server of ours. Whoever keeps the door says who the
 * facilitator is; with the code from the facilitator's screen its word can be checked. It has 29 bits: who spends
 * hours of processors on it finds a key for somebody else's code.
 */
export function roomCodeOf(facilitator: MemberId): string {
  const digest = sha256(utf8ToBytes(`synod/room/1 ${facilitator}`));
  const view = new DataView(digest.buffer, digest.byteOffset);
  return Array.from(
    { length: codeLength },
    (_, i) => codeAlphabet[view.getUint32(4 * i) % codeAlphabet.length],
  ).join('');
}
