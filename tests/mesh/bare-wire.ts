import type { MemberId } from '#protocols/core/ids.ts';
import type {
  LinkStatus,
  MeshTransport,
  Section,
  SectionKind,
} from '../../src/lib/mesh/transport.ts';
import type { ManualClock } from './manual-clock.ts';

/** What lies under a mesh with faults: every link is up, and it notes what leaves, and when. */
export class BareWire implements MeshTransport {
  readonly kind = 'loopback';
  readonly self: MemberId;
  readonly sent: { to: MemberId; at: number; kind: SectionKind; number: number }[] = [];
  calls = 0;
  hear: (from: MemberId, sections: readonly Section[]) => void = () => undefined;
  tell: (status: LinkStatus) => void = () => undefined;
  readonly #clock: ManualClock;
  readonly #peers: readonly MemberId[];

  constructor(clock: ManualClock, self: MemberId, peers: readonly MemberId[]) {
    this.#clock = clock;
    this.self = self;
    this.#peers = peers;
  }

  send(to: MemberId, sections: readonly Section[]): 'queued' {
    this.calls++;
    for (const { kind, bytes } of sections) {
      this.sent.push({ to, at: this.#clock.now() - 1_000, kind, number: bytes[0] as number });
    }
    return 'queued';
  }
  idle(): boolean {
    return true;
  }
  links(): readonly LinkStatus[] {
    return this.#peers.map((peer) => up(peer));
  }
  onSections(receive: (from: MemberId, sections: readonly Section[]) => void): void {
    this.hear = receive;
  }
  onLink(changed: (status: LinkStatus) => void): void {
    this.tell = changed;
  }
  leave(): void {}
}

/** A link that works, to the page of this incarnation. */
export function up(peer: MemberId, incarnation = 1): LinkStatus {
  return {
    peer,
    state: 'up',
    why: '',
    path: 'memory',
    incarnation,
    roundTripMs: null,
    bufferedBytes: 0,
    connections: 1,
    deviceAnswers: false,
    sentFrames: 0,
    receivedFrames: 0,
    badFrames: 0,
    droppedFrames: 0,
  };
}
