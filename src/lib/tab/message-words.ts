/** A message in words that fit every protocol: its numbers, the first digits of its digests, and what it asks for. */
import { shortCommand, shorten } from '#protocols/core/command-text.ts';
import type { ClientMessage, ClientReply, Command } from '#protocols/core/client.ts';
import { isQuery } from '#protocols/core/client.ts';

/** Digits of a digest that a person can compare. */
const digestCharacters = 8;
/** Fields told of one message. */
const fieldsMax = 8;

/** `view 0, n 3, digest 1f3a9c02, batch put x=1 and 2 more`. Empty for what has no field to tell. */
export function wordsOf(message: unknown): string {
  return [...fieldsOf(message)]
    .slice(0, fieldsMax)
    .map(([name, text]) => `${name} ${text}`)
    .join(', ');
}

/** `put x=1, get y and 3 more`. */
export function requestWords(requests: readonly ClientMessage[]): string {
  const words = requests
    .slice(0, fieldsMax)
    .map((one) => shorten(isQuery(one) ? `get ${one.key}` : shortCommand(one.command)));
  const more = requests.length > words.length ? ` and ${requests.length - words.length} more` : '';
  return words.join(', ') + more;
}

/** `its command 3: a lie`. */
export function answerWords(reply: ClientReply): string {
  const about = 'seq' in reply ? `its command ${reply.seq}` : `its query ${reply.query}`;
  if (!('result' in reply)) return `${about}: ${reply.reason}`;
  const { result } = reply;
  return `${about}: ${result.ok ? shorten(result.value ?? 'no value') : result.error}`;
}

function* fieldsOf(message: unknown): Generator<readonly [string, string]> {
  if (typeof message !== 'object' || message === null) return;
  for (const [name, value] of Object.entries(message)) {
    if (name === 'type' || name === 'kind' || name === 'signature') continue;
    if (name === 'statement') yield* fieldsOf((value as { body: unknown }).body);
    else if (Array.isArray(value)) yield [name, textOfList(value)];
    else if (typeof value === 'string') yield [name, textOfString(value)];
    else if (typeof value === 'number' || typeof value === 'boolean') yield [name, String(value)];
  }
}

function textOfString(value: string): string {
  return /^[0-9a-f]{32,}$/.test(value) ? value.slice(0, digestCharacters) : shorten(value);
}

/** The first command of a batch or of entries, and how many follow it. */
function textOfList(values: readonly unknown[]): string {
  const commands = values.map(commandOf).filter((command) => command !== null);
  const [first] = commands;
  if (!first) return values.length === 0 ? 'empty' : `of ${values.length}`;
  const more = commands.length > 1 ? ` and ${commands.length - 1} more` : '';
  return shorten(shortCommand(first)) + more;
}

function commandOf(value: unknown): Command | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('command' in value) return value.command as Command;
  return 'request' in value ? commandOf(value.request) : null;
}
