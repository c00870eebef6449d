/** Introduces members that live in one page, as the signaling server does between tabs. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { Signaling } from '../../src/lib/mesh/signaling.ts';

export class PageDoor {
  #guests = new Map<MemberId, Guest>();

  guest(id: MemberId): Guest {
    const guest = new Guest(id, this);
    this.#guests.set(id, guest);
    return guest;
  }

  pass(from: MemberId, to: MemberId, data: string): void {
    queueMicrotask(() => {
      const guest = this.#guests.get(to);
      if (guest === undefined) this.#guests.get(from)?.failed(to);
      else guest.receive(from, data);
    });
  }
}

class Guest implements Signaling {
  readonly connected = true;
  readonly iceServers = [];
  receive: (from: MemberId, data: string) => void = () => undefined;
  failed: (to: MemberId) => void = () => undefined;

  constructor(
    private readonly id: MemberId,
    private readonly door: PageDoor,
  ) {}

  send(to: MemberId, data: string): void {
    this.door.pass(this.id, to, data);
  }

  onSignal(receive: (from: MemberId, data: string) => void): () => void {
    this.receive = receive;
    return () => (this.receive = () => undefined);
  }

  onUndelivered(failed: (to: MemberId) => void): () => void {
    this.failed = failed;
    return () => (this.failed = () => undefined);
  }
}
