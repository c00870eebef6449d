/** Commands as a table of slots or entries shows them. */
import type { Command } from './client.ts';

/** Longest text of one entry: a table cell. */
const entryCharactersMax = 64;

/** `put x=1`. */
export function shortCommand(command: Command): string {
  switch (command.op) {
    case 'put':
      return `put ${command.key}=${command.value}`;
    case 'cas':
      return `cas ${command.key}: ${command.expected ?? 'absent'} → ${command.value}`;
    case 'get':
    case 'delete':
      return `${command.op} ${command.key}`;
    case 'stop':
      return `stop → ${command.successor}`;
  }
}

/** At most as long as a table cell shows. */
export function shorten(text: string): string {
  if (text.length <= entryCharactersMax) return text;
  // A cut through a surrogate pair would leave text that is not well-formed.
  return `${text.slice(0, entryCharactersMax - 1).toWellFormed()}…`;
}
