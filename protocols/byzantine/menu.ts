/** What any replica of any protocol can be told to do instead (G1 to G18, and the mutator MU1). */
import type { BehaviourKind } from '../core/behaviour.ts';
import { lyingToClients } from './clients.ts';
import { pace } from './pace.ts';
import { silence } from './silence.ts';
import type { Tongue } from './tongue.ts';
import { twins } from './twin.ts';
import { words } from './words.ts';

export function genericBehaviours<M, S, N>(tongue: Tongue<M>): readonly BehaviourKind<M, S, N>[] {
  const own = tongue as Tongue<unknown>;
  const all = [...silence, ...pace, ...words(own), ...twins, ...lyingToClients(own)];
  return all as readonly BehaviourKind<unknown, unknown, unknown>[] as readonly BehaviourKind<
    M,
    S,
    N
  >[];
}
