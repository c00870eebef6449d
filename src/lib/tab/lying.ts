/** The lies of this tab's own replica. Loaded only where its person has asked for them: honest pages have no use for it. */
import { byzantine, type LieTold } from '#protocols/byzantine/liar.ts';
import type { Behaviour, LiarContext } from '#protocols/core/behaviour.ts';
import { ownerOf, type MemberId } from '#protocols/core/ids.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { shownMessage } from '../host/shown-message.ts';
import type { AnyReplica } from './turnable.ts';
import { answerWords, requestWords, wordsOf } from './message-words.ts';
import { liesShownMax, type LieShown, type ToldMessage } from './worker-messages.ts';

export type LiarsTools = Omit<LiarContext<unknown, unknown, unknown>, 'state'>;

export interface Order {
  readonly protocol: ProtocolName;
  readonly behaviours: readonly Behaviour[];
  readonly tools: LiarsTools;
  readonly tell: (lie: LieShown) => void;
}

type Told = LieTold<unknown, unknown>;
type AnyProtocol = ReturnType<typeof laboratoryNamed>['protocol'];

/** `honest`, lying in all the ways ordered. What is not on the protocol's menu does nothing. */
export function turned(
  honest: AnyReplica,
  { protocol: name, behaviours, tools, tell }: Order,
): AnyReplica {
  const laboratory = laboratoryNamed(name);
  const { protocol } = laboratory;
  return behaviours.reduce((replica, behaviour) => {
    const kind = laboratory.behaviours.find(({ id }) => id === behaviour.what);
    if (!kind) return replica;
    return byzantine(replica, {
      kind,
      behaviour,
      context: tools,
      viewOf: (state) => protocol.summarize(state).term,
      tell: (told) =>
        tell({
          what: kind.id,
          instead: told.instead.slice(0, liesShownMax).map((said) => saidWords(protocol, said)),
          sent: told.sent.slice(0, liesShownMax).map((said) => saidWords(protocol, said)),
          heard: told.heard.map((heard) => heardWords(protocol, heard)),
          taken: told.taken.slice(0, liesShownMax).map((taken) => heardWords(protocol, taken)),
        }),
    });
  }, honest);
}

function saidWords(protocol: AnyProtocol, said: Told['sent'][number]): ToldMessage {
  if (said.type === 'reply') {
    const { to, reply } = said;
    return { with: [ownerOf(to)], name: 'answer', text: answerWords(reply) };
  }
  return messageWords(protocol, said.message, said.to);
}

function heardWords(protocol: AnyProtocol, heard: Told['heard'][number]): ToldMessage {
  if (heard.type === 'receive') return messageWords(protocol, heard.message, [heard.from]);
  const { requests } = heard;
  const members = requests.map(({ client }) => ownerOf(client));
  return { with: [...new Set(members)], name: 'requests', text: requestWords(requests) };
}

function messageWords(
  protocol: AnyProtocol,
  message: unknown,
  members: readonly MemberId[],
): ToldMessage {
  return { with: members, name: shownMessage(protocol, message).name, text: wordsOf(message) };
}
