/**
 * The full mesh: one link to every member that is announced. Links are never torn down to act out a fault; see
 * faults.ts for those. When the signaling server is gone, the links that stand go on.
 */
import { memberIdOf } from '#protocols/core/keys.ts';
import type { Signer, Verify } from './hello.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock } from '../tab/clock.ts';
import type { ChannelSource } from './channel.ts';
import { type Admits, type MeshMember } from './hello.ts';
import { meshLimits } from './limits.ts';
import { Peer, type PeerContext } from './peer.ts';
import type { LinkStatus, MeshTransport, Section, SendOutcome } from './transport.ts';

export interface MeshOptions {
  readonly source: ChannelSource;
  /** Room code: a proof given in one room is none in another. */
  readonly room: string;
  readonly signer: Signer;
  readonly verify: Verify;
  /** This page load's number; grows with each, per key. */
  readonly incarnation: number;
  readonly name?: string;
  /** Asked for every hello, before any proof. Everybody is let in when absent. */
  readonly admits?: Admits;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
}

export class Mesh implements MeshTransport {
  readonly kind: MeshTransport['kind'];
  readonly self: MemberId;
  #peers = new Map<MemberId, Peer>();
  #receivers: ((from: MemberId, sections: readonly Section[]) => void)[] = [];
  #watchers: ((status: LinkStatus) => void)[] = [];
  #left = false;

  constructor(private readonly options: MeshOptions) {
    const { source, signer } = options;
    this.kind = source.kind;
    this.self = source.self;
    if (memberIdOf(signer.publicKey) !== source.self) throw new Error('the key is not of this id');
    source.onChannel((channel) => {
      const peer = this.#left ? undefined : this.#peer(channel.peer);
      if (peer === undefined) channel.close();
      else peer.opened(channel);
    });
    source.onKnock((id) => {
      if (!this.#left) this.#peer(id)?.knocked();
    });
    source.onFailed((id, why) => this.#peers.get(id)?.dialFailed(why));
    this.#tickLater();
  }

  /** The signaling server says that `peer` is there, now or anew. */
  announce(peer: MemberId): void {
    if (peer !== this.self && !this.#left) this.#peer(peer)?.announce();
  }

  /** The signaling server lost `peer`: its link goes on, but it is not dialled again. */
  withdraw(peer: MemberId): void {
    this.#peers.get(peer)?.withdraw();
  }

  /** This tab slept, or its network is another one: no link is waited for that may be dead. */
  restart(how: 'at once' | 'unless it lives'): void {
    for (const peer of this.#peers.values()) peer.restart(how);
  }

  /** Closes the link to `peer`, telling it why; it is dialled again only when announced again. */
  drop(peer: MemberId, reason: string): void {
    this.#peers.get(peer)?.leave(reason);
  }

  /** Who `peer` last proved to be; `null` before its first link. */
  member(peer: MemberId): MeshMember | null {
    return this.#peers.get(peer)?.member ?? null;
  }

  send(to: MemberId, sections: readonly Section[]): SendOutcome {
    return this.#peers.get(to)?.send(sections) ?? 'no-link';
  }

  idle(to: MemberId): boolean {
    return this.#peers.get(to)?.idle ?? false;
  }

  links(): readonly LinkStatus[] {
    return [...this.#peers.values()].map((peer) => peer.status());
  }

  onSections(receive: (from: MemberId, sections: readonly Section[]) => void): void {
    this.#receivers.push(receive);
  }

  onLink(changed: (status: LinkStatus) => void): void {
    this.#watchers.push(changed);
  }

  leave(reason: string): void {
    if (this.#left) return;
    this.#left = true;
    for (const peer of this.#peers.values()) peer.leave(reason);
    this.options.source.close();
  }

  #peer(id: MemberId): Peer | undefined {
    const known = this.#peers.get(id);
    if (known !== undefined) return known;
    if (this.#peers.size >= meshLimits.peersMax && !this.#forgetOne()) return undefined;
    const peer = new Peer(id, this.#context());
    this.#peers.set(id, peer);
    return peer;
  }

  #forgetOne(): boolean {
    for (const peer of this.#peers.values()) {
      if (peer.isForgettable) return this.#peers.delete(peer.id);
    }
    return false;
  }

  #context(): PeerContext {
    const { source, room, signer, verify, incarnation, clock } = this.options;
    return {
      source,
      handshake: {
        room,
        signer,
        verify,
        incarnation,
        clock,
        name: this.options.name ?? '',
        admits: this.options.admits ?? (() => true),
      },
      random: this.options.random ?? Math.random,
      sections: (from, sections) => {
        for (const receive of this.#receivers) receive(from, sections);
      },
      changed: (status) => {
        for (const watch of this.#watchers) watch(status);
      },
    };
  }

  #tickLater(): void {
    const { clock } = this.options;
    const due = clock.now() + meshLimits.tickMs;
    clock.setTimeout(() => {
      if (this.#left) return;
      const pace = clock.now() - due > meshLimits.ownLagMs ? 'late' : 'on-time';
      for (const peer of this.#peers.values()) peer.tick(pace);
      this.#tickLater();
    }, meshLimits.tickMs);
  }
}
