/// <reference lib="webworker" />
/** A worker that looks for an order of what clients saw: it may take seconds, and no page should stand still for it. */
import { checkLinearizability } from '#protocols/core/linearizability.ts';
import type { HistoryOperation, Verdict } from '#protocols/core/linearizability.ts';
import type { FromJudge, ToJudge } from './judge.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;

/** Search steps for one key: about a second. */
const stepsMax = 10_000_000;

scope.onmessage = ({ data }: MessageEvent<ToJudge>) => {
  const say = (message: FromJudge) => scope.postMessage(message);
  const byKey = new Map<string, HistoryOperation[]>();
  for (const operation of data.operations) {
    if (operation.command.op === 'stop') continue;
    const { key } = operation.command;
    byKey.set(key, [...(byKey.get(key) ?? []), operation]);
  }
  let open: Verdict | null = null;
  let checked = 0;
  // Keys are independent (locality), so each may be asked about by itself.
  for (const operations of byKey.values()) {
    const verdict = checkLinearizability(operations, { stepsMax, initial: data.initial });
    if (verdict.verdict === 'violation') return say({ type: 'verdict', verdict, keys: byKey.size });
    if (verdict.verdict === 'unknown') open ??= verdict;
    say({ type: 'progress', checked: ++checked, keys: byKey.size });
  }
  say({ type: 'verdict', verdict: open ?? { verdict: 'ok' }, keys: byKey.size });
};
