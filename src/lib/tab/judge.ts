/** The page's end of the worker that checks histories. */
import type { HistoryOperation, Verdict } from '#protocols/core/linearizability.ts';

export interface ToJudge {
  readonly operations: readonly HistoryOperation[];
  /** What the store held before the first operation. */
  readonly initial: ReadonlyMap<string, string>;
}

export type FromJudge =
  | { readonly type: 'progress'; readonly checked: number; readonly keys: number }
  | { readonly type: 'verdict'; readonly verdict: Verdict; readonly keys: number };

/** The verdict, and of how many keys; `told` hears how many of them are done. */
export function judge(
  question: ToJudge,
  told: (checked: number, keys: number) => void,
): Promise<{ readonly verdict: Verdict; readonly keys: number }> {
  const worker = new Worker(new URL('./judge.worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      worker.terminate();
      end();
    };
    worker.onmessage = ({ data }: MessageEvent<FromJudge>) => {
      if (data.type === 'progress') told(data.checked, data.keys);
      else settle(() => resolve(data));
    };
    worker.onerror = (event) => settle(() => reject(new Error(event.message)));
    worker.postMessage(question);
  });
}
