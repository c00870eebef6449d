/** How a liar of PBFT bends a message: it can say anything anew in its own name, and nothing in another's. */
import type { Tongue } from '../byzantine/tongue.ts';
import { limits } from '../core/limits.ts';
import { say, type Signed } from '../core/signed.ts';
import type { PbftMessage, PbftStatement, ViewChange } from './messages.ts';

const falseSignature = 'f'.repeat(128);

export const tongue: Tongue<PbftMessage> = {
  mutations(message, heard, self) {
    const body = bodyOf(message);
    if (!body || !isOwn(message, self)) return [];
    const views = 'view' in body ? [body.view + 1, Math.max(0, body.view - 1)] : [];
    const moved = views.map((view) => resaid(message, { ...body, view } as PbftStatement));
    const proofs = body.kind === 'VIEW-CHANGE' ? withOtherProofs(body) : [];
    const unproven = proofs.map((changed) => resaid(message, changed));
    const borrowed = heard.flatMap((other) => {
      const its = bodyOf(other);
      if (!its || its.kind !== body.kind || !('digest' in its) || !('digest' in body)) return [];
      return [resaid(message, { ...body, digest: its.digest })];
    });
    return [...unproven, ...moved, ...borrowed];
  },
  giant(message, self) {
    const body = bodyOf(message);
    if (!body || !isOwn(message, self) || !('view' in body)) return message;
    return resaid(message, { ...body, view: limits.integerMax });
  },
  forge(message, as) {
    if (!('statement' in message)) return null;
    const statement = { ...message.statement, signer: as, signature: falseSignature };
    return { ...message, statement } as PbftMessage;
  },
  corrupt(message) {
    switch (message.type) {
      case 'DATA':
        return { ...message, data: message.data.replaceAll('1', '2') };
      case 'STATE':
        return { ...message, pieces: [...message.pieces].reverse() };
      default:
        return null;
    }
  },
  censor(message, client) {
    if (message.type !== 'REQUEST') return message;
    const requests = message.requests.filter((request) => request.client !== client);
    return requests.length > 0 ? { ...message, requests } : null;
  },
};

/** One signature counts twice: in a certificate, in the proof of a checkpoint. */
function withOtherProofs(body: ViewChange): ViewChange[] {
  const { checkpoints, prepared } = body;
  const changed: ViewChange[] = [];
  const last = prepared.at(-1);
  if (last) {
    const twice = { ...last, prepares: withFirstTwice(last.prepares) };
    changed.push({ ...body, prepared: [...prepared.slice(0, -1), twice] });
  }
  if (checkpoints.length > 0) changed.push({ ...body, checkpoints: withFirstTwice(checkpoints) });
  return changed;
}

/** As long as before, and by one signer fewer. */
export function withFirstTwice<T>(items: readonly T[]): T[] {
  return items.map((item, i) => (i === 1 && items[0] ? items[0] : item));
}

/** What `message` states, if it carries one statement. */
export function bodyOf(message: PbftMessage): PbftStatement | null {
  return 'statement' in message ? message.statement.body : null;
}

/** `message` with another body, not signed yet: the host signs it, and nothing else, with the liar's key. */
export function resaid(message: PbftMessage, body: PbftStatement): PbftMessage {
  if (!('statement' in message)) return message;
  return { ...message, statement: say(message.statement.signer, body) } as PbftMessage;
}

/** Whether the liar itself says it: what it passes on of others it must leave as it is. */
export function isOwn(message: PbftMessage, self: Signed['signer']): boolean {
  return 'statement' in message && message.statement.signer === self;
}
