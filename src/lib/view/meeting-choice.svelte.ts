/** Where the rooms of this tab meet, as its person chooses before entering one. */
import type { PeerPlace } from '../room/meeting.ts';
import { learnAddresses, meetingAt, ownPeerServerAnswers } from './addresses.ts';

/** The PeerServer of the PeerJS project, open to everybody, and a STUN server without which only one LAN would do. */
const publicPlace: PeerPlace = {
  server: 'https://0.peerjs.com/',
  ice: 'stun:stun.l.google.com:19302',
};
/** The one that our server mounts when asked to, relative to the page. */
const ownPlace: PeerPlace = { server: 'peerjs/', ice: '' };

export class MeetingChoice {
  /** Whether the page came with a server of ours; `null` until that is known. */
  ours = $state<boolean | null>(null);
  /** `null`: the page's own server. */
  place = $state.raw<PeerPlace | null>(null);

  /** Asks for a server of ours. Where none answers, a PeerServer is chosen. */
  async learn(): Promise<void> {
    this.ours = await learnAddresses();
    if (!this.ours) this.place ??= publicPlace;
  }

  /** What is chosen before anybody has chosen. */
  reset(): void {
    this.place = this.ours === false ? (this.place ?? publicPlace) : null;
  }

  readonly actions = {
    byServer: (): void => {
      this.place = null;
    },
    byPeers: (): void => void this.#byPeers(),
    choose: (place: PeerPlace): void => {
      this.place = place;
    },
  };

  /** Why nobody can meet there; `null` when they can. */
  get problem(): string | null {
    const outcome = meetingAt(this.place);
    return outcome.ok ? null : outcome.error;
  }

  /** The one of our own server, if it has one. */
  async #byPeers(): Promise<void> {
    this.place = (await ownPeerServerAnswers()) ? ownPlace : publicPlace;
  }
}
