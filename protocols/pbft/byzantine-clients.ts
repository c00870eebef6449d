/** Lies that clients suffer from where an epoch has turned an optimisation on (PB14, PB18). */
import { accomplicesOf, split, victimsOf } from '../byzantine/edits.ts';
import { falsified } from '../byzantine/clients.ts';
import type { Behaviour, BehaviourKind, LiarContext } from '../core/behaviour.ts';
import type { ReplicaId } from '../core/ids.ts';
import { faultsTolerated } from '../core/quorum.ts';
import type { PbftMessage } from './messages.ts';
import type { PbftNote } from './notes.ts';
import type { PbftState } from './state.ts';

type Kind = BehaviourKind<PbftMessage, PbftState, PbftNote>;
type Liar = LiarContext<PbftMessage, PbftState, PbftNote>;

/** The f that it leaves out: the last on the roster, unless told. */
function leftOut(behaviour: Behaviour, liar: Liar): ReplicaId[] {
  if (behaviour.to !== null) return victimsOf(behaviour, liar);
  const alike = [liar.self, ...accomplicesOf(behaviour, liar)];
  const others = liar.voters.filter((id) => !alike.includes(id));
  return others.slice(others.length - faultsTolerated(liar.voters.length));
}

/** PB14, Berger et al. 2021: f + 1 honest replicas go on and start no view change; the client never hears a quorum. */
const readOnlyTrap: Kind = {
  id: 'PB14',
  title: 'As primary: leave f replicas out, and answer no client',
  forecast: ({ f, n }) => {
    const answers = n - 2 * f;
    return (
      `${answers} replicas answer a client. That is enough, unless read-only requests are on: then it waits until ` +
      'those left out have learnt from the others what was decided.'
    );
  },
  convictedBy: [],
  begin(behaviour, liar) {
    const victims = leftOut(behaviour, liar);
    return (event, step) =>
      step(event).flatMap((effect): (typeof effect)[] => {
        if (effect.type === 'reply') return [];
        if (effect.type !== 'send') return [effect];
        const [, to] = split(effect.to, victims);
        return to.length > 0 ? [{ ...effect, to }] : [];
      });
  },
};

/** PB18: f + 1 such answers would fool a client that counted them as final. */
const tentativeLie: Kind = {
  id: 'PB18',
  title: 'Answer clients wrongly, as if tentatively',
  forecast: ({ f, liars }) =>
    liars <= f
      ? `The client waits for ${2 * f + 1} equal tentative answers: the honest ones never say the same.`
      : `With one honest answer that is taken back, and ${liars} liars, the client would be fooled.`,
  convictedBy: [],
  begin: (_behaviour, { state }) => {
    return (event, step) =>
      step(event).map((effect) => {
        if (effect.type !== 'reply' || effect.reply.type !== 'done') return effect;
        return { ...effect, reply: { ...falsified(effect.reply), tentative: state.view } };
      });
  },
};

export const clientLies: readonly Kind[] = [readOnlyTrap, tentativeLie];
