/** The one-line language of the command bar. */
import type { Served } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import type { ClientCommand } from '../view/types.ts';

export type Parsed =
  | { readonly ok: true; readonly command: ClientCommand }
  | { readonly ok: false; readonly error: string };

export const forms = {
  put: 'put key = value',
  get: 'get key by index',
  cas: 'cas key = old -> new',
  delete: 'delete key',
} as const;

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });
const fail = (error: string): Parsed => ({ ok: false, error });

/** One of each kind, for one press, in a room whose reads are served in these `ways`. */
export function quickFor(ways: readonly Served[]): readonly string[] {
  const [way] = ways.filter((one) => one === 'index' || one === 'quorum');
  const outside = way ? [`get colour by ${way}`] : [];
  return ['put colour = teal', 'get colour', ...outside, 'cas colour = teal -> plum'];
}

/**
 * Reads `put colour = teal`, `get colour by index`, `cas colour = teal -> plum` and `delete colour`.
 *
 * @param ways in which the room's protocol can serve a read
 */
export function parseCommand(line: string, ways: readonly Served[]): Parsed {
  const match = /^\s*(\S+)(?:\s+(.*\S))?\s*$/s.exec(line);
  const [, op = '', rest = ''] = match ?? [];
  switch (op.toLowerCase()) {
    case 'put':
      return parsePut(rest);
    case 'get':
      return parseGet(rest, ways);
    case 'cas':
      return parseCas(rest);
    case 'delete':
      return checked({ op: 'delete', key: rest });
    default:
      return fail('Start with put, get, cas or delete.');
  }
}

function parsePut(rest: string): Parsed {
  const at = rest.indexOf('=');
  if (at < 0) return fail(`Write it as: ${forms.put}`);
  return checked({ op: 'put', key: rest.slice(0, at).trim(), value: rest.slice(at + 1).trim() });
}

/** `colour`, or `colour by lease`: without a way, through the log. */
function parseGet(rest: string, ways: readonly Served[]): Parsed {
  const [, key = rest, way = 'log'] = /^(.+)\s+by\s+(\S+)$/s.exec(rest) ?? [];
  const read = ways.find((known) => known === way.toLowerCase());
  if (!read) return fail(`In this room a read goes by ${alternatives.format(ways)}.`);
  return checked({ op: 'get', key, read });
}

function parseCas(rest: string): Parsed {
  const at = rest.indexOf('=');
  const arrow = rest.indexOf('->', at + 1);
  if (at < 0 || arrow < 0) return fail(`Write it as: ${forms.cas}`);
  const old = rest.slice(at + 1, arrow).trim();
  return checked({
    op: 'cas',
    key: rest.slice(0, at).trim(),
    expected: old === '' ? null : old,
    value: rest.slice(arrow + 2).trim(),
  });
}

/** The same bounds that the replicas hold a command to, said before it is sent. */
export function checked(command: ClientCommand): Parsed {
  if (command.key === '') return fail('Name a key.');
  if (command.key.length > limits.keyCharactersMax) {
    return fail(`A key has at most ${limits.keyCharactersMax} characters.`);
  }
  const values = 'value' in command ? [command.value] : [];
  if (command.op === 'cas' && command.expected !== null) values.push(command.expected);
  if (values.some((value) => value.length > limits.valueCharactersMax)) {
    return fail(`A value has at most ${limits.valueCharactersMax} characters.`);
  }
  if ([command.key, ...values].some((text) => /\p{Surrogate}/u.test(text))) {
    return fail('Half of a character is missing in this text.');
  }
  return { ok: true, command };
}
