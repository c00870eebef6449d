/** The commands this tab's client sent, and what became of them. */
import type { Command, Result } from '#protocols/core/client.ts';
import type { Settled } from '../tab/client-machine.ts';
import type { CommandLine } from './types.ts';

/** Lines kept. */
const linesMax = 100;

export const describeCommand = (command: Command): string => {
  switch (command.op) {
    case 'put':
      return `put ${command.key} = ${command.value}`;
    case 'cas':
      return `cas ${command.key}: ${command.expected ?? '(absent)'} → ${command.value}`;
    case 'stop':
      return `end of the epoch (${command.successor})`;
    default:
      return `${command.op} ${command.key}`;
  }
};

const errors = {
  'cas-mismatch': 'not changed: another value is there',
  'state-full': 'refused: the store holds as much as it may (1 MiB)',
  'epoch-ended': 'not executed: the epoch has ended',
  'too-many-clients': 'refused: too many clients have written in this epoch',
  'too-many-in-flight': 'refused: too many commands of this tab wait for an answer',
  'session-expired': 'refused: the cluster no longer knows this tab. Reload it',
} as const;

const outcomeOf = (command: Command, result: Result): string => {
  if (!result.ok) {
    const held = result.error === 'cas-mismatch' ? ` (${result.value ?? 'absent'})` : '';
    return errors[result.error] + held;
  }
  if (command.op === 'get') return result.value === null ? 'absent' : `= ${result.value}`;
  if (command.op === 'delete') return result.value === null ? 'was absent' : 'deleted';
  return 'written';
};

export class CommandBook {
  #lines: CommandLine[] = [];
  /** What waits for an answer, by the session's id, which starts from 1 again in every epoch. */
  readonly #waiting = new Map<number, { readonly line: number; readonly command: Command }>();
  #nextLine = 1;

  get lines(): readonly CommandLine[] {
    return this.#lines;
  }

  sent(id: number, command: Command): void {
    const line = this.#nextLine++;
    this.#waiting.set(id, { line, command });
    const text = describeCommand(command);
    const fresh = { state: 'waiting', outcome: '', latencyMs: null, index: null } as const;
    this.#lines = [...this.#lines.slice(1 - linesMax), { id: line, text, ...fresh }];
  }

  settled({ id, index, result, latencyMs }: Settled): void {
    const sent = this.#waiting.get(id);
    if (!sent) return;
    this.#waiting.delete(id);
    const state = result.ok || result.error === 'cas-mismatch' ? 'done' : 'refused';
    const outcome = outcomeOf(sent.command, result);
    this.#lines = this.#lines.map((line) =>
      line.id === sent.line ? { ...line, state, outcome, latencyMs, index } : line,
    );
  }

  /** The client's session is over: what was not answered is unknown for good. */
  forgetWaiting(): void {
    this.#waiting.clear();
    this.#lines = this.#lines.map((line) =>
      line.state === 'waiting'
        ? { ...line, state: 'unknown', outcome: 'no answer before the epoch changed' }
        : line,
    );
  }
}
