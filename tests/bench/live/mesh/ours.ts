/** The room's mesh in a page, as a tab that enters a room makes it, without the room: its links and what they say. */
import { FaultyMesh } from '#lib/mesh/faults.ts';
import { Mesh } from '#lib/mesh/mesh.ts';
import { PathSource } from '#lib/mesh/paths.ts';
import { RelaySource } from '#lib/mesh/relay.ts';
import { SimplePeerSource } from '#lib/mesh/simple-peer.ts';
import { verifySignature } from '#lib/room/identity.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { atDoor, Count, type AtDoor, type EnterOptions, type PageMesh } from './page-mesh.ts';

export class OwnMesh implements PageMesh {
  readonly #up = new Count();

  async enter(options: EnterOptions): Promise<string> {
    const entered = await atDoor(options);
    return new Promise((resolve) => {
      entered.door.on((event) => {
        if (event.type === 'arrived') mesh.announce(event.member.id as MemberId);
        if (event.type !== 'joined') return;
        for (const { id } of event.members) mesh.announce(id as MemberId);
        resolve(event.code);
      });
      const mesh = this.#mesh(entered, options.name);
    });
  }

  linked(others: number): Promise<void> {
    return this.#up.reaches(others);
  }

  #mesh({ door, identity, signer, clock }: AtDoor, name: string): Mesh {
    const direct = new SimplePeerSource(identity.id, door, clock);
    const mesh = new Mesh({
      source: new PathSource(direct, new RelaySource(identity.id, door, clock), clock),
      room: 'BENCH2',
      signer,
      verify: verifySignature,
      incarnation: 1,
      name,
      clock,
    });
    const known = new Set<MemberId>();
    new FaultyMesh(mesh, { clock }).onLink(({ peer, state }) => {
      if (state !== 'up' || known.has(peer)) return;
      known.add(peer);
      this.#up.add();
    });
    return mesh;
  }
}
