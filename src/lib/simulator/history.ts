/** What clients heard, held against what was executed (I14, I16). */
import type { Violation } from '#protocols/core/checker.ts';
import type { ResultError } from '#protocols/core/client.ts';
import { tellWitness } from '#protocols/core/linearizability-text.ts';
import { checkLinearizability } from '#protocols/core/linearizability.ts';
import type { Asked } from './clients.ts';
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

/** Every answer is what the log says, every request executed at one place of its own, and one order explains them all. */
export function judgeHistory(
  history: readonly Asked[],
  applied: readonly Applied[],
): HistoryVerdict {
  const executed = history.filter(wasExecuted);
  const inLog = executed.filter(({ served }) => served === 'log');
  const wrong = wrongAnswer(inLog, applied) ?? wentBack(executed);
  if (wrong) return wrong;
  const verdict = checkLinearizability(history, { stepsMax: searchStepsMax });
  if (verdict.verdict === 'ok') return 'ok';
  if (verdict.verdict === 'unknown') return 'open';
  return { id: 'I16', text: `no order explains these answers:\n${tellWitness(verdict)}` };
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
    if (JSON.stringify(entry?.command) !== JSON.stringify(command)) {
      return { id: 'I14', text: `${who} was answered for entry ${index}, which is another's` };
    }
    if (JSON.stringify(entry?.result) !== JSON.stringify(result)) {
      return { id: 'I16', text: `${who} heard what entry ${index} does not say` };
    }
  }
  return null;
}

/** R36: what was asked after another was answered stands after it in the log; a read stands where it reads. */
function wentBack(executed: readonly Asked[]): Violation | null {
  const byCall = [...executed].sort((a, b) => a.calledAt - b.calledAt);
  const byAnswer = [...executed].sort((a, b) => (a.answeredAt ?? 0) - (b.answeredAt ?? 0));
  let settled = 0;
  let highest = 0;
  for (const { client, seq, served, calledAt, index } of byCall) {
    for (; (byAnswer[settled]?.answeredAt ?? Infinity) < calledAt; settled++) {
      highest = Math.max(highest, byAnswer[settled]?.index ?? 0);
    }
    const least = served === 'log' ? highest + 1 : highest;
    if ((index ?? 0) >= least) continue;
    const what = served === 'log' ? 'request' : 'query';
    const text = `${what} ${seq} of client ${client} stands at ${index}, and ${highest} was known`;
    return { id: 'I16', text };
  }
  return null;
}
