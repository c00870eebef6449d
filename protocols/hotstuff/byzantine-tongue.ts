/** How a liar of HotStuff bends a message: it can say anything anew in its own name, and nothing in another's. */
import type { Tongue } from '../byzantine/tongue.ts';
import { sayWithShare } from '../core/aggregate.ts';
import { limits } from '../core/limits.ts';
import { say, type Signed } from '../core/signed.ts';
import type { HotStuffMessage, HotStuffStatement } from './messages.ts';

const falseSignature = 'f'.repeat(128);

export const tongue: Tongue<HotStuffMessage> = {
  mutations(message, heard, self) {
    const body = bodyOf(message);
    if (!body || !isOwn(message, self)) return [];
    const views = [body.view + 1, Math.max(1, body.view - 1)];
    const moved = views.map((view) => resaid(message, { ...body, view }));
    const borrowed = heard.flatMap((other) => {
      const its = bodyOf(other);
      if (!its || its.kind !== body.kind || !('block' in its) || !('block' in body)) return [];
      return [resaid(message, { ...body, block: its.block })];
    });
    return [...moved, ...borrowed];
  },
  giant(message, self) {
    const body = bodyOf(message);
    if (!body || !isOwn(message, self)) return message;
    return resaid(message, { ...body, view: limits.integerMax });
  },
  forge(message, as) {
    if (!('statement' in message)) return null;
    const statement = { ...message.statement, signer: as, signature: falseSignature };
    return { ...message, statement } as HotStuffMessage;
  },
  corrupt(message) {
    if (message.type === 'DATA') return { ...message, data: otherState(message.data) };
    if (message.type !== 'BLOCKS') return null;
    return {
      ...message,
      blocks: message.blocks.map((block) => ({ ...block, height: block.height + 1 })),
    };
  },
  censor(message, client) {
    if (message.type !== 'REQUEST') return message;
    const requests = message.requests.filter((request) => request.client !== client);
    return requests.length > 0 ? { ...message, requests } : null;
  },
};

/** As if one command had been executed; or longer, where nothing says how many were. */
function otherState(data: string): string {
  const changed = data.replace(/"index":\d+/, '"index":1');
  return changed === data ? `${data} ` : changed;
}

/** What `message` states, if it carries one statement. */
export function bodyOf(message: HotStuffMessage): HotStuffStatement | null {
  return 'statement' in message ? message.statement.body : null;
}

/** `message` with another body, not signed yet: the host signs it, and nothing else, with the liar's key. */
export function resaid(message: HotStuffMessage, body: HotStuffStatement): HotStuffMessage {
  if (!('statement' in message)) return message;
  const { signer, share } = message.statement;
  const statement = share === undefined ? say(signer, body) : sayWithShare(signer, body);
  return { ...message, statement } as HotStuffMessage;
}

/** Whether the liar itself says it: what it passes on of others it must leave as it is. */
export function isOwn(message: HotStuffMessage, self: Signed['signer']): boolean {
  return 'statement' in message && message.statement.signer === self;
}
