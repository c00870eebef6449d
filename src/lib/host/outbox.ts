/** What one turn has for others, gathered so that all of it for one peer travels in one frame. */
import type { ClientId, ReplicaId } from '#protocols/core/ids.ts';
import type { ClientReply } from '#protocols/core/client.ts';
import type { AddressedReply, Envelope, Outgoing } from './environment.ts';

export class Outbox<M> {
  readonly #receivers: { readonly to: ReplicaId; readonly messages: M[] }[] = [];
  /** Messages that are being signed, as the core sent them. */
  #unsigned: Map<M, Promise<M>> | null = null;
  readonly #replies: AddressedReply[] = [];
  /** What the replica sent itself. */
  readonly loopback: M[] = [];

  address(to: ReplicaId, message: M): void {
    for (const receiver of this.#receivers) {
      if (receiver.to !== to) continue;
      receiver.messages.push(message);
      return;
    }
    this.#receivers.push({ to, messages: [message] });
  }

  reply(client: ClientId, reply: ClientReply): void {
    this.#replies.push({ client, reply });
  }

  /** `message` leaves as what `signed` brings. */
  await(message: M, signed: Promise<M>): void {
    (this.#unsigned ??= new Map()).set(message, signed);
  }

  get awaitsSignatures(): boolean {
    return this.#unsigned !== null;
  }

  /** Resolves once everything in it is signed. */
  async signed(): Promise<void> {
    const pairs = [...(this.#unsigned ?? [])].map(
      async ([message, later]) => [message, await later] as const,
    );
    const signed = new Map(await Promise.all(pairs));
    this.#unsigned = null;
    const lists = this.#receivers.map(({ messages }) => messages);
    for (const messages of [this.loopback, ...lists]) {
      for (const [i, message] of messages.entries()) messages[i] = signed.get(message) ?? message;
    }
  }

  get isEmpty(): boolean {
    return !this.hasOutgoing && this.loopback.length === 0;
  }

  /** Whether there is anything for anybody else. */
  get hasOutgoing(): boolean {
    return this.#receivers.length > 0 || this.#replies.length > 0;
  }

  outgoing(head: Omit<Envelope<M>, 'messages'>): Outgoing<M> {
    const groups: { to: ReplicaId[]; envelope: Envelope<M> }[] = [];
    const { cluster, incarnation, lamport, clock } = head;
    for (const { to, messages } of this.#receivers) {
      const same = groups.find((group) => areSame(group.envelope.messages, messages));
      if (same) same.to.push(to);
      else {
        const envelope = { cluster, incarnation, lamport, clock, messages };
        groups.push({ to: [to], envelope });
      }
    }
    return { messages: groups, replies: this.#replies };
  }
}

/** By identity: a core sends one object to all who get the same, and it is encoded once. */
function areSame<M>(a: readonly M[], b: readonly M[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
