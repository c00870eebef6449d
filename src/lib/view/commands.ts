/** The commands this tab's client sent, and what became of them. */
import type { Command, Result, Served } from '#protocols/core/client.ts';
import type { Settled } from '../tab/client-machine.ts';
import type { ClientCommand, CommandLine } from './types.ts';

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

/** What a read cost, and what it may be worth. */
const costs: Readonly<Record<Served, string>> = {
  log: 'through the log: an entry on a majority of disks',
  index: 'by a read index: one round of heartbeats, nothing written',
  lease: "by the leader's lease: no round at all; only as right as its clock",
  local: 'from one replica’s own copy: asks nobody else, may be out of date',
  quorum: 'by a quorum of equal answers: nothing ordered, nothing written',
};

const outcomeOf = (command: ClientCommand, result: Result): string => {
  if (!result.ok) {
    const held = result.error === 'cas-mismatch' ? ` (${result.value ?? 'absent'})` : '';
    return errors[result.error] + held;
  }
  if (command.op === 'get') return result.value === null ? 'absent' : `= ${result.value}`;
  if (command.op === 'delete') return result.value === null ? 'was absent' : 'deleted';
  return 'written';
};

/** How a read was served, and whether the answer came before the commit. */
function servedWords(command: ClientCommand, { served, tentative }: Settled): string {
  const read = command.op === 'get' ? command.read : null;
  const tooFew = read === 'quorum' && served === 'log';
  const words = tooFew ? ['too few equal answers, so it was ordered'] : [];
  if (read !== null && !tooFew) words.push(costs[served]);
  if (tentative) words.push('answered tentatively: by a quorum, before it was committed');
  return words.join('; ');
}

export class CommandBook {
  #lines: CommandLine[] = [];
  /** What waits for an answer, by the session's id, which starts from 1 again in every epoch. */
  readonly #waiting = new Map<number, { readonly line: number; readonly command: ClientCommand }>();
  #nextLine = 1;

  get lines(): readonly CommandLine[] {
    return this.#lines;
  }

  sent(id: number, command: ClientCommand): void {
    const line = this.#nextLine++;
    this.#waiting.set(id, { line, command });
    const way = command.op === 'get' && command.read !== 'log' ? ` by ${command.read}` : '';
    const text = describeCommand(command) + way;
    const none = { outcome: '', served: '', latencyMs: null, index: null };
    const fresh = { state: 'waiting', ...none } as const;
    this.#lines = [...this.#lines.slice(1 - linesMax), { id: line, text, ...fresh }];
  }

  settled(answer: Settled): void {
    const { id, index, result, latencyMs } = answer;
    const sent = this.#waiting.get(id);
    if (!sent) return;
    this.#waiting.delete(id);
    const state = result.ok || result.error === 'cas-mismatch' ? 'done' : 'refused';
    const outcome = outcomeOf(sent.command, result);
    const served = servedWords(sent.command, answer);
    this.#lines = this.#lines.map((line) =>
      line.id === sent.line ? { ...line, state, outcome, served, latencyMs, index } : line,
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

/** What goes into the log. */
export function withoutWay(command: ClientCommand): Command {
  return command.op === 'get' ? { op: 'get', key: command.key } : command;
}
