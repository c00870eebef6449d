/** Lies to clients, and about them (G11, G12, G13). */
import type { BehaviourKind } from '../core/behaviour.ts';
import type { ClientReply, Result } from '../core/client.ts';
import type { ClientId } from '../core/ids.ts';
import type { Event } from '../core/replica.ts';
import { withRequests } from './edits.ts';
import type { Tongue } from './tongue.ts';

type Kind = BehaviourKind<unknown, unknown, unknown>;

export function lyingToClients(tongue: Tongue<unknown>): readonly Kind[] {
  return [censor(tongue), reorder, answerWrongly];
}

function censor(tongue: Tongue<unknown>): Kind {
  return {
    id: 'G11',
    title: 'Censor the first client it hears of',
    forecast: ({ f }) =>
      f === 0
        ? 'As long as it leads, that client gets nothing done.'
        : 'The client asks all; they wait for it, and then change the view.',
    convictedBy: [],
    mishears: true,
    begin: () => {
      let victim: ClientId | null = null;
      const without = (event: Event<unknown>): Event<unknown> | null => {
        if (event.type === 'request') victim ??= event.requests[0]?.client ?? null;
        if (victim === null) return event;
        const censored = victim;
        if (event.type !== 'receive') {
          return withRequests(event, (all) => all.filter(({ client }) => client !== censored));
        }
        const message = tongue.censor(event.message, censored);
        return message === null ? null : { ...event, message };
      };
      return (event, step) => {
        const left = without(event);
        return left === null ? [] : step(left);
      };
    },
  };
}

const reorder: Kind = {
  id: 'G12',
  title: 'Reorder what clients asked for',
  forecast: () => 'Allowed: no protocol here promises an order among requests of one moment.',
  convictedBy: [],
  mishears: true,
  begin: () => (event, step) => step(withRequests(event, (requests) => [...requests].reverse())),
};

const answerWrongly: Kind = {
  id: 'G13',
  title: 'Answer clients wrongly',
  forecast: ({ f, liars }) => {
    if (f === 0) return 'The client believes it: one answer is all it waits for.';
    if (liars <= f) return `The client waits for ${f + 1} equal answers: it hears the truth.`;
    return 'Enough liars to agree on a false answer: the client believes them.';
  },
  convictedBy: [],
  begin: () => (event, step) =>
    step(event).map((effect) =>
      effect.type === 'reply' ? { ...effect, reply: falsified(effect.reply) } : effect,
    ),
};

export function falsified(reply: ClientReply): ClientReply {
  return 'result' in reply ? { ...reply, result: falseResult(reply.result) } : reply;
}

/** The same lie by everyone who tells it, so that f + 1 of them agree. */
function falseResult({ value }: Result): Result {
  return { ok: true, value: value === null ? 'a lie' : null };
}
