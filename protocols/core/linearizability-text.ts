/** A violation told to people: who did what when, and which answer nothing explains. */
import type { Command, Result } from './client.ts';
import type { HistoryOperation } from './linearizability.ts';
import type { Witness } from './linearizability-witness.ts';

/**
 * One line for each operation, in order of calls:
 *
 *     No order of these operations explains every answer for the key "x":
 *       Ana  10–20  put "1"  → done
 *       Ben  30–40  get      → nothing  ← cannot be explained
 *
 * @param nameOf what a client is called; its id by default
 */
export function tellWitness(
  { key, witness, unexplained }: Witness,
  nameOf: (client: string) => string = (client) => client,
): string {
  const rows = witness.map((operation) => [
    nameOf(operation.client),
    `${operation.calledAt}–${operation.answeredAt ?? ''}`,
    tellCommand(operation.command),
    `→ ${tellAnswer(operation)}`,
  ]);
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  const lines = rows.map((row, i) => {
    const mark = witness[i] === unexplained ? '  ← cannot be explained' : '';
    return `  ${row.map((cell, k) => cell.padEnd(widths[k] ?? 0)).join('  ')}${mark}`.trimEnd();
  });
  const head = `No order of these operations explains every answer for the key ${quote(key)}:`;
  return [head, ...lines].join('\n');
}

function tellCommand(command: Command): string {
  switch (command.op) {
    case 'put':
      return `put ${quote(command.value)}`;
    case 'cas':
      return `cas ${quote(command.expected)} to ${quote(command.value)}`;
    case 'get':
    case 'delete':
    case 'stop':
      return command.op;
  }
}

function tellAnswer({ command, result }: HistoryOperation): string {
  if (result === null) return 'no answer';
  if (!result.ok) return tellRefusal(result);
  if (command.op === 'put' || command.op === 'cas') return 'done';
  return quote(result.value);
}

function tellRefusal({ error, value }: Extract<Result, { ok: false }>): string {
  if (error === 'cas-mismatch') return `mismatch, holds ${quote(value)}`;
  return error;
}

function quote(text: string | null): string {
  return text === null ? 'nothing' : JSON.stringify(text);
}
