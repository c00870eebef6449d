/** What a channel asks of its RTCPeerConnection, whoever has negotiated it. */
import { meshLimits } from './limits.ts';
import { pathOf, pulseOf } from './ice-path.ts';
import type { Path } from './transport.ts';

/** Some browsers have it switched off, by policy or by a privacy setting. */
export const hasWebRtc = (): boolean => typeof RTCPeerConnection !== 'undefined';

/** {@link Channel.binding}: the DTLS fingerprints of both ends, in an order that both agree on. */
export function bindingOf(connection: RTCPeerConnection | null): string {
  const descriptions = [connection?.localDescription, connection?.remoteDescription];
  const found = descriptions.flatMap((description) => [
    ...(description?.sdp ?? '').matchAll(/^a=fingerprint:(\S+ \S+)/gm),
  ]);
  return [...new Set(found.map(([, print]) => (print ?? '').toLowerCase()))].sort().join(' ');
}

/** Tells whatever pair of addresses ICE has chosen, and chooses later. */
export function watchPath(connection: RTCPeerConnection | null, tell: (path: Path) => void): void {
  const look = (): void => {
    void connection?.getStats().then(
      (stats) => {
        const path = pathOf(stats);
        if (path !== null) tell(path);
      },
      // A connection that is over has no path.
      () => undefined,
    );
  };
  look();
  setTimeout(look, meshLimits.lateCandidateMs);
  connection?.sctp?.transport.iceTransport.addEventListener('selectedcandidatepairchange', look);
}

/** {@link Channel.pulse}: of the ICE agent there, which answers our checks every few seconds. */
export async function pulseThrough(connection: RTCPeerConnection | null): Promise<number | null> {
  const stats = await connection?.getStats().catch(() => undefined);
  return stats ? pulseOf(stats) : null;
}
