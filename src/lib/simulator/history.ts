/** What clients heard, held against what was executed (I14, I16). */
import type { Violation } from '#protocols/core/checker.ts';
import type { ResultError } from '#protocols/core/client.ts';
import { tellWitness } from '#protocols/core/linearizability-text.ts';
import { checkLinearizability } from '#protocols/core/linearizability.ts';
import type { Asked } from './clients.ts';
import { Shown } from './shown.ts';
import type { Applied } from './watch.ts';

/** Answers that say that nothing was executed: their place in the log means nothing. */
const notExecuted: ReadonlySet<string> = new Set<ResultError>([
  'epoch-ended',
  'session-expired',
  'too-many-clients',
  'too-many-in-flight',
]);

/** Search steps for one run: a few hundredths of a second. */
const searchStepsMax = 500_000;

/** What is wrong; `open`: the search for an order that explains all answers was given up. */
export type HistoryVerdict = 'ok' | 'open' | Violation;

/**
 * Every answer is what the log says, every request executed at one place of its own, and one order explains them all.
 * Only local reads may be older than that order allows, though no client sees the state go back.
 */
export function judgeHistory(
  history: readonly Asked[],
  applied: readonly Applied[],
): HistoryVerdict {
  const executed = history.filter(wasExecuted);
  const current = history.filter(({ served }) => served !== 'local');
  const wrong =
    wrongAnswer(
      executed.filter(({ served }) => served === 'log'),
      applied,
    ) ??
    wrongRead(
      executed.filter(({ served }) => served !== 'log'),
      applied,
    ) ??
    wentBack(current.filter(wasExecuted)) ??
    wentBackForOne(executed);
  if (wrong) return wrong;
  const verdict = checkLinearizability(current, { stepsMax: searchStepsMax });
  if (verdict.verdict === 'ok') return 'ok';
  if (verdict.verdict === 'unknown') return 'open';
  return { id: 'I16', text: `no order explains these answers:\n${tellWitness(verdict)}` };
}

/** How many local reads showed a state older than what some client had been told before they were asked. */
export function staleReads(history: readonly Asked[]): number {
  let stale = 0;
  inOrder(history.filter(wasExecuted), ({ served, index }, known) => {
    if (served === 'local' && (index ?? 0) < known) stale++;
    return null;
  });
  return stale;
}

function wasExecuted({ result }: Asked): boolean {
  return result !== null && (result.ok || !notExecuted.has(result.error));
}

function wrongAnswer(executed: readonly Asked[], applied: readonly Applied[]): Violation | null {
  const takenBy = new Map<number, Asked>();
  for (const asked of executed) {
    const { client, seq, command, result } = asked;
    const index = asked.index ?? 0;
    const entry = applied[index - 1];
    const who = `request ${seq} of client ${client}`;
    if (takenBy.has(index)) return { id: 'I14', text: `${who} shares entry ${index} with another` };
    takenBy.set(index, asked);
    // What is certain though nobody has committed it yet.
    if (asked.tentative && entry === undefined) continue;
    if (JSON.stringify(entry?.command) !== JSON.stringify(command)) {
      return { id: 'I14', text: `${who} was answered for entry ${index}, which is another's` };
    }
    if (JSON.stringify(entry?.result) !== JSON.stringify(result)) {
      return { id: 'I16', text: `${who} heard what entry ${index} does not say` };
    }
  }
  return null;
}

/** A read shows the store as it was at its index. */
function wrongRead(reads: readonly Asked[], applied: readonly Applied[]): Violation | null {
  const shown = new Shown(applied);
  for (const { client, seq, command, index, result } of [...reads].sort(byIndex)) {
    if (!('key' in command) || !result) continue;
    if (shown.mayBe(command.key, result.value, index ?? 0)) continue;
    return { id: 'I16', text: `query ${seq} of client ${client} was not shown entry ${index}` };
  }
  return null;
}

function byIndex(a: Asked, b: Asked): number {
  return (a.index ?? 0) - (b.index ?? 0);
}

/** R36: what was asked after another was answered stands after it in the log; a read stands where it reads. */
function wentBack(executed: readonly Asked[]): Violation | null {
  return inOrder(executed, ({ client, seq, served, index }, known) => {
    const least = served === 'log' ? known + 1 : known;
    if ((index ?? 0) >= least) return null;
    const what = served === 'log' ? 'request' : 'query';
    const text = `${what} ${seq} of client ${client} stands at ${index}, and ${known} was known`;
    return { id: 'I16', text };
  });
}

/** R40: what one client is shown does not go back, whoever shows it. */
function wentBackForOne(executed: readonly Asked[]): Violation | null {
  const byClient = new Map<string, Asked[]>();
  for (const asked of executed) {
    const own = byClient.get(asked.client);
    if (own) own.push(asked);
    else byClient.set(asked.client, [asked]);
  }
  for (const own of byClient.values()) {
    const violation = inOrder(own, ({ client, seq, served, index }, known) => {
      if (served === 'log' || (index ?? 0) >= known) return null;
      const text = `query ${seq} of client ${client} stands at ${index}, and it had seen ${known}`;
      return { id: 'R40', text };
    });
    if (violation) return violation;
  }
  return null;
}

/** Calls `look` with each operation, in the order of the calls, and the highest index answered before; until it finds something. */
function inOrder(
  executed: readonly Asked[],
  look: (asked: Asked, known: number) => Violation | null,
): Violation | null {
  const byCall = [...executed].sort((a, b) => a.calledAt - b.calledAt);
  const byAnswer = [...executed].sort((a, b) => (a.answeredAt ?? 0) - (b.answeredAt ?? 0));
  let settled = 0;
  let known = 0;
  for (const asked of byCall) {
    for (; (byAnswer[settled]?.answeredAt ?? Infinity) < asked.calledAt; settled++) {
      known = Math.max(known, byAnswer[settled]?.index ?? 0);
    }
    const violation = look(asked, known);
    if (violation) return violation;
  }
  return null;
}
