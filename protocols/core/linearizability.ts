/**
 * Whether one order explains every answer that clients were given (I16): Herlihy and Wing's linearizability of the
 * key-value store. Keys are independent objects, so each is checked alone (locality, §3.3 of their paper), with the
 * search of Wing and Gong as improved by Lowe ("Testing for linearizability", 2016).
 *
 * What an operation tells the checker:
 *
 * | answer | meaning |
 * |---|---|
 * | `ok` | executed once, between call and answer, with this result |
 * | `cas-mismatch`, `state-full` | executed and was refused: changed nothing, and saw the value it reports |
 * | none | *unknown*: executed at any time after the call, or never |
 * | `session-expired`, `too-many-clients`, `too-many-in-flight` | unknown: this copy of the request did not execute, another copy may have, or may yet |
 * | `epoch-ended` | never executed, and never will |
 *
 * For people: `tellWitness` of `linearizability-text.ts`.
 *
 * `stop` belongs to no key and is passed over. Calls and answers of one tick overlap: time is too coarse to order them.
 */
import type { Command, Result } from './client.ts';
import { Budget } from './linearizability-budget.ts';
import { stepsOf } from './linearizability-model.ts';
import { search } from './linearizability-search.ts';
import { smallestWitness, type Witness } from './linearizability-witness.ts';

/** One line of a history. Times are of one clock for all clients; `answeredAt >= calledAt`. */
export interface HistoryOperation {
  readonly client: string;
  readonly command: Command;
  readonly calledAt: number;
  /** `null`, like `result`, while no answer has come. */
  readonly answeredAt: number | null;
  readonly result: Result | null;
}

export type Verdict =
  | { readonly verdict: 'ok' }
  | ({ readonly verdict: 'violation' } & Witness)
  | { readonly verdict: 'unknown'; readonly key: string; readonly why: string };

export interface CheckOptions {
  /** Search steps for all keys together; some ten million take a second. */
  readonly stepsMax?: number;
  /** What the store held before the first operation. */
  readonly initial?: ReadonlyMap<string, string>;
}

const stepsMaxDefault = 20_000_000;

/** The first violation found; else the first key left open; else `ok`. */
export function checkLinearizability(
  history: readonly HistoryOperation[],
  { stepsMax = stepsMaxDefault, initial = new Map() }: CheckOptions = {},
): Verdict {
  const byKey = operationsByKey(history);
  const budget = new Budget(stepsMax);
  let open: Verdict | null = null;
  let keysLeft = byKey.size;
  for (const [key, operations] of byKey) {
    // An equal share of what is left: easy keys leave theirs to the others.
    const share = budget.share(keysLeft--);
    const steps = stepsOf(operations, initial.get(key) ?? null);
    const found = search(steps, share);
    if (found === 'none') {
      // Certain by now; how small a witness it gets is worth a tenth of the whole.
      const effort = new Budget(stepsMax / 10);
      return { verdict: 'violation', ...smallestWitness(key, steps, effort) };
    }
    if (found === 'open') {
      const why = `${operations.length} operations, no answer within ${share.spent} steps`;
      open ??= { verdict: 'unknown', key, why };
    }
    budget.spend(share.spent);
  }
  return open ?? { verdict: 'ok' };
}

/** In order of calls; keys in order of their first call. */
function operationsByKey(history: readonly HistoryOperation[]): Map<string, HistoryOperation[]> {
  const byKey = new Map<string, HistoryOperation[]>();
  for (const operation of [...history].sort((a, b) => a.calledAt - b.calledAt)) {
    const { command, calledAt, answeredAt } = operation;
    if (answeredAt !== null && answeredAt < calledAt) throw new Error('answered before the call');
    if (command.op === 'stop') continue;
    const list = byKey.get(command.key);
    if (list) list.push(operation);
    else byKey.set(command.key, [operation]);
  }
  return byKey;
}
