/**
 * A full mesh of simple-peer and nothing else, in a page: introduced through the same door as the room's links, with the
 * same rule of who dials, and no handshake, no heartbeats and nobody to talk to.
 */
import SimplePeer from 'simple-peer';
import type { SignalingClient } from '#lib/room/signaling-client.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { atDoor, Count, type EnterOptions, type PageMesh } from './page-mesh.ts';

export class BareMesh implements PageMesh {
  readonly #peers = new Map<string, SimplePeer.Instance>();
  readonly #open = new Count();

  async enter(options: EnterOptions): Promise<string> {
    const { door, identity } = await atDoor(options);
    const { id } = identity;
    door.onSignal((from, data) => this.#peer(door, from, from < id).signal(JSON.parse(data)));
    return new Promise((resolve) => {
      door.on((event) => {
        if (event.type === 'joined') resolve(event.code);
        const come = event.type === 'joined' ? event.members : [];
        for (const other of event.type === 'arrived' ? [event.member] : come) {
          if (id < other.id) this.#peer(door, other.id as MemberId, false);
        }
      });
    });
  }

  linked(others: number): Promise<void> {
    return this.#open.reaches(others);
  }

  #peer(door: SignalingClient, id: MemberId, answers: boolean): SimplePeer.Instance {
    const known = this.#peers.get(id);
    if (known) return known;
    const config = { iceServers: [...door.iceServers] };
    const peer = new SimplePeer({ initiator: !answers, trickle: true, config });
    this.#peers.set(id, peer);
    peer.on('signal', (signal) => door.send(id, JSON.stringify(signal)));
    peer.on('error', (error) => console.error(`bare: ${error.message}`));
    peer.on('connect', () => this.#open.add());
    return peer;
  }
}
