/** The lies of this tab's own replica. Loaded only where its person has asked for them: honest pages have no use for it. */
import { byzantine, type LieTold } from '#protocols/byzantine/liar.ts';
import type { Behaviour, LiarContext } from '#protocols/core/behaviour.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { shownMessage } from '../host/shown-message.ts';
import type { AnyReplica } from './turnable.ts';
import { wordsOf } from './message-words.ts';
import { liesShownMax, type LieShown } from './worker-messages.ts';

export type LiarsTools = Omit<LiarContext<unknown, unknown, unknown>, 'state'>;

export interface Order {
  readonly protocol: ProtocolName;
  readonly behaviours: readonly Behaviour[];
  readonly tools: LiarsTools;
  readonly tell: (lie: LieShown) => void;
}

/** `honest`, lying in all the ways ordered. What is not on the protocol's menu does nothing. */
export function turned(
  honest: AnyReplica,
  { protocol, behaviours, tools, tell }: Order,
): AnyReplica {
  const laboratory = laboratoryNamed(protocol);
  const { summarize } = laboratory.protocol;
  return behaviours.reduce((replica, behaviour) => {
    const kind = laboratory.behaviours.find(({ id }) => id === behaviour.what);
    if (!kind) return replica;
    const shown = (sends: LieTold<unknown, unknown>['sent']): LieShown['sent'] =>
      sends.slice(0, liesShownMax).map(({ to, message }) => {
        return {
          to,
          name: shownMessage(laboratory.protocol, message).name,
          text: wordsOf(message),
        };
      });
    return byzantine(replica, {
      kind,
      behaviour,
      context: tools,
      viewOf: (state) => summarize(state).term,
      tell: ({ instead, sent }) =>
        tell({ what: kind.id, instead: shown(instead), sent: shown(sent) }),
    });
  }, honest);
}
