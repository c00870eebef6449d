/** What clients heard, held against what was executed (I14, I16). */
import type { Violation } from '#protocols/core/checker.ts';
import type { ResultError } from '#protocols/core/client.ts';
import type { Asked } from './clients.ts';
import type { Applied } from './watch.ts';

/** Answers that say that nothing was executed: their place in the log means nothing. */
const notExecuted: ReadonlySet<string> = new Set<ResultError>([
  'epoch-ended',
  'session-expired',
  'too-many-clients',
  'too-many-in-flight',
]);

/**
 * Every answer is what the log says, every request executed at one place of its own, and no request executed before
 * one that was answered before it was asked. One order, the log's, then explains all answers.
 */
export function historyProblem(
  history: readonly Asked[],
  applied: readonly Applied[],
): Violation | null {
  const executed = history.filter(({ result }) => {
    return result !== null && (result.ok || !notExecuted.has(result.error));
  });
  return wrongAnswer(executed, applied) ?? backInTime(executed);
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

function backInTime(executed: readonly Asked[]): Violation | null {
  const byAnswer = [...executed].sort((a, b) => (a.answeredAt ?? 0) - (b.answeredAt ?? 0));
  let settled = 0;
  let highest = 0;
  // `executed` is in order of asking.
  for (const { client, seq, calledAt, index } of executed) {
    for (; (byAnswer[settled]?.answeredAt ?? Infinity) < calledAt; settled++) {
      highest = Math.max(highest, byAnswer[settled]?.index ?? 0);
    }
    if ((index ?? 0) <= highest) {
      return { id: 'I16', text: `request ${seq} of client ${client} executed before it was asked` };
    }
  }
  return null;
}
