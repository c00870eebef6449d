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
  witness: Witness,
  nameOf: (client: string) => string = (client) => client,
): string {
  const told = tellOperations(witness);
  const rows = told.map(({ client, calledAt, answeredAt, command, answer }) => [
    nameOf(client),
    `${calledAt}–${answeredAt ?? ''}`,
    command,
    `→ ${answer}`,
  ]);
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  const lines = rows.map((row, i) => {
    const mark = told[i]?.isUnexplained ? '  ← cannot be explained' : '';
    return `  ${row.map((cell, k) => cell.padEnd(widths[k] ?? 0)).join('  ')}${mark}`.trimEnd();
  });
  return [`${tellViolation(witness)}:`, ...lines].join('\n');
}

/** `No order of these operations explains every answer for the key "x"`. */
export function tellViolation({ key }: Witness): string {
  return `No order of these operations explains every answer for the key ${quote(key)}`;
}

/** An operation of a witness: who did what when, and what came of it. */
export interface ToldOperation extends Pick<
  HistoryOperation,
  'client' | 'calledAt' | 'answeredAt'
> {
  /** `put "1"` */
  readonly command: string;
  /** `done`, `no answer`, or what was found. */
  readonly answer: string;
  readonly isUnexplained: boolean;
}

/** In order of calls. */
export function tellOperations({ witness, unexplained }: Witness): ToldOperation[] {
  return witness.map((operation) => {
    const { client, calledAt, answeredAt, command } = operation;
    const told = { command: tellCommand(command), answer: tellAnswer(operation) };
    return { client, calledAt, answeredAt, ...told, isUnexplained: operation === unexplained };
  });
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
