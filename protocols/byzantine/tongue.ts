/** What a lie that fits every protocol must know of its messages. */
import type { ClientId, ReplicaId } from '../core/ids.ts';

export interface Tongue<M> {
  /**
   * Small changes of a message, each said in the liar's own name: the view or term one up or down, a value that it
   * heard from others in the place of its own (ByzzFuzz).
   */
  mutations(message: M, heard: readonly M[], self: ReplicaId): readonly M[];
  /** The same, with a view or term that no honest replica counts to. */
  giant(message: M, self: ReplicaId): M;
  /** The same in the name of `as`, with a signature that cannot be right; `null` where the link alone says who speaks. */
  forge(message: M, as: ReplicaId): M | null;
  /** A piece of a state with something else in it; `null` if the message carries none. */
  corrupt(message: M): M | null;
  /** What is left of it without the requests of `client`; `null` for nothing. */
  censor(message: M, client: ClientId): M | null;
}
