/** What this browser's WebRTC can do here, found out without anybody at the other end. */

/** - `host`: an address of its own; `srflx`: one that a STUN server told it; `relay`: one of a TURN server's */
export type CandidateKind = 'host' | 'srflx' | 'relay';

export interface IceSurvey {
  /** Whether the browser has WebRTC and lets this page use it. */
  readonly webRtc: boolean;
  readonly kinds: readonly CandidateKind[];
  /** Its own addresses are given out as names that only multicast resolves. */
  readonly named: boolean;
  /** From asking to a channel between two ends in this page, in ms; `null`: none opened. */
  readonly openMs: number | null;
}

/** A STUN or TURN server that has not answered by then does not. */
const surveyMs = 4_000;

const kinds: readonly CandidateKind[] = ['host', 'srflx', 'relay'];

/** Takes up to {@link surveyMs}; two RTCPeerConnections are made and closed. Never rejects. */
export async function surveyIce(iceServers: readonly RTCIceServer[]): Promise<IceSurvey> {
  const none: IceSurvey = { webRtc: false, kinds: [], named: false, openMs: null };
  if (typeof RTCPeerConnection === 'undefined') return none;
  const ends: RTCPeerConnection[] = [];
  try {
    const here = new RTCPeerConnection({ iceServers: [...iceServers] });
    ends.push(here);
    const there = new RTCPeerConnection();
    ends.push(there);
    const found: RTCIceCandidate[] = [];
    const gathered = gather(here, there, found);
    const opened = open(here, there);
    await withinMs(gathered, surveyMs);
    const openMs = await withinMs(opened, surveyMs);
    return {
      webRtc: true,
      kinds: kinds.filter((kind) => found.some(({ type }) => type === kind)),
      named: found.some(({ address }) => address?.endsWith('.local') ?? false),
      openMs,
    };
  } catch {
    return { ...none, webRtc: ends.length > 0 };
  } finally {
    for (const end of ends) end.close();
  }
}

function gather(here: RTCPeerConnection, there: RTCPeerConnection, found: RTCIceCandidate[]) {
  there.onicecandidate = ({ candidate }) => void add(here, candidate);
  return new Promise<void>((resolve) => {
    here.onicecandidate = ({ candidate }) => {
      if (!candidate) return resolve();
      found.push(candidate);
      void add(there, candidate);
    };
  });
}

/** One that cannot be used is one way less. */
async function add(end: RTCPeerConnection, candidate: RTCIceCandidate | null): Promise<void> {
  await end.addIceCandidate(candidate ?? undefined).catch(() => undefined);
}

/** Resolves to how long it took, in ms. */
async function open(here: RTCPeerConnection, there: RTCPeerConnection): Promise<number> {
  const startedAt = performance.now();
  const channel = here.createDataChannel('survey');
  const isOpen = new Promise((resolve) => (channel.onopen = resolve));
  await here.setLocalDescription(await here.createOffer());
  await there.setRemoteDescription(here.localDescription as RTCSessionDescription);
  await there.setLocalDescription(await there.createAnswer());
  await here.setRemoteDescription(there.localDescription as RTCSessionDescription);
  await isOpen;
  return Math.round(performance.now() - startedAt);
}

/** `null`: not within `ms`, or not at all. */
function withinMs<T>(what: Promise<T>, ms: number): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), ms));
  return Promise.race([what.catch(() => null), late]);
}
