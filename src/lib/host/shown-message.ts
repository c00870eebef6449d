/** A message as screens are told of it, whatever it is: a liar may send what is no message at all (G6). */
import { limits } from '#protocols/core/limits.ts';
import type { MessageSummary, Protocol } from '#protocols/core/protocol.ts';

const malformed: MessageSummary = { name: 'malformed', term: 0, shape: 'request', heavy: true };

export function shownMessage<M>(
  { summarizeMessage }: Pick<Protocol<M, unknown, unknown>, 'summarizeMessage'>,
  message: M,
): MessageSummary {
  try {
    const summary = summarizeMessage(message);
    const { term } = summary;
    return Number.isInteger(term) && term >= 0 && term <= limits.integerMax ? summary : malformed;
  } catch {
    // A protocol describes what its schema lets through, and nothing else.
    return malformed;
  }
}
