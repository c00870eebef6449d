/**
 * Cutting long lists into messages that stay below `limits.messageBytesMax` and their count limit. Sizes are upper
 * bounds from string lengths alone: exact ones would cost an encoding of everything, twice.
 */
import { isQuery, type ClientMessage, type ClientReply } from './client.ts';
import { limits } from './limits.ts';

/** JSON text spends at most this many bytes on one UTF-16 code unit: `\u0001`. */
const bytesPerCharacterMax = 6;
/** Everything of a request, a reply or a log entry besides its free text: names, ids, numbers, punctuation. */
const frameBytesMax = 384;
/** What the fields round a list may take. */
const headerBytesMax = 1_024;

/** Bytes that one message may spend on its list. */
export const listBytesMax = limits.messageBytesMax - headerBytesMax;

/** At least the bytes of `message` as JSON text, and of a log entry that holds a request. */
export function requestBytes(message: ClientMessage): number {
  if (isQuery(message)) return frameBytesMax + bytesPerCharacterMax * message.key.length;
  const { command } = message;
  let characters = 0;
  switch (command.op) {
    case 'put':
      characters = command.key.length + command.value.length;
      break;
    case 'cas':
      characters = command.key.length + command.value.length + (command.expected?.length ?? 0);
      break;
    case 'get':
    case 'delete':
      characters = command.key.length;
      break;
    case 'stop':
      characters = command.successor.length;
  }
  return frameBytesMax + bytesPerCharacterMax * characters;
}

/** At least the bytes of `reply` as JSON text, with the client it goes to. */
export function replyBytes(reply: ClientReply): number {
  if (reply.type === 'refused' || reply.type === 'readRefused') return frameBytesMax;
  return frameBytesMax + bytesPerCharacterMax * (reply.result.value?.length ?? 0);
}

/** `items` in order, cut into lists of at most `countMax` and {@link listBytesMax}; no list is empty. */
export function cutIntoBatches<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  countMax: number,
): (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  let start = 0;
  let bytes = 0;
  for (const [i, item] of items.entries()) {
    const size = bytesOf(item);
    if (i > start && (i - start >= countMax || bytes + size > listBytesMax)) {
      batches.push(items.slice(start, i));
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (start === 0) return items.length > 0 ? [items] : [];
  batches.push(items.slice(start));
  return batches;
}
