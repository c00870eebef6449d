/** The least that shows a violation. */
import type { Budget } from './linearizability-budget.ts';
import {
  anyValue,
  isRequired,
  onlyLooked,
  withoutUseless,
  type Step,
} from './linearizability-model.ts';
import type { HistoryOperation } from './linearizability.ts';
import { search } from './linearizability-search.ts';

export interface Witness {
  readonly key: string;
  /**
   * A violation by itself, in order of calls, as small as could be found. What a write among them found may be left
   * open: then only what it wrote matters here.
   */
  readonly witness: readonly HistoryOperation[];
  /** The one of them whose answer, the last, cannot be explained. */
  readonly unexplained: HistoryOperation;
}

/** Whether `steps` surely have no order. */
type Violates = (steps: readonly Step[]) => boolean;
/** The same step with less said of it; `null`: not even that it happened. */
type Forget = (step: Step) => Step | null;

/**
 * `steps` must violate. Everything done here only forgets: how the history went on, steps that only looked, what a
 * write found and when it ended, unknown writes that nobody needs. What has no order with less said has none with more,
 * so what is left is why the whole has none.
 */
export function smallestWitness(key: string, steps: readonly Step[], budget: Budget): Witness {
  // A hard question gets a part of what is left, and stays open: others may be easy.
  const violates: Violates = (part) => {
    const share = budget.share(16);
    const found = search(part, share);
    budget.spend(share.spent);
    return found === 'none';
  };
  let left = shortestPrefix(steps, violates);
  for (const forget of [forgetAnswer, forgetFound]) {
    for (let size = left.length; size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
      left = forgetInRuns(left, size, forget, violates);
    }
  }
  const unexplained = left
    .filter(isRequired)
    .reduce((a, b) => (b.answeredAt > a.answeredAt ? b : a));
  return {
    key,
    witness: left.map(({ operation }) => operation),
    unexplained: unexplained.operation,
  };
}

/** Up to the first answer that nothing could explain: a longer history has an order only if a shorter one has. */
function shortestPrefix(steps: readonly Step[], violates: Violates): readonly Step[] {
  const ends = steps.filter(isRequired).map(({ answeredAt }) => answeredAt);
  ends.sort((a, b) => a - b);
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (violates(prefix(steps, ends[middle] as number))) high = middle;
    else low = middle + 1;
  }
  return prefix(steps, ends[low] as number);
}

/** What was known at `time`. A look that is not answered by then tells nothing. */
function prefix(steps: readonly Step[], time: number): Step[] {
  const begun = steps.filter(({ calledAt }) => calledAt <= time);
  const known = begun.flatMap((step) => {
    const isOpen = step.answeredAt !== null && step.answeredAt > time;
    return (isOpen ? unanswered(step) : step) ?? [];
  });
  return withoutUseless(known);
}

function unanswered(step: Step): Step | null {
  return onlyLooked(step) ? null : { ...step, answeredAt: null };
}

/** All but that it may have written, if it wrote. */
const forgetAnswer: Forget = (step) => {
  const open = unanswered(step);
  return open && { ...open, needs: anyValue };
};

/** What a write found. */
const forgetFound: Forget = (step) => (onlyLooked(step) ? null : { ...step, needs: anyValue });

/** Forgets wherever the rest still violates, in runs of `size` steps. */
function forgetInRuns(
  steps: readonly Step[],
  size: number,
  forget: Forget,
  violates: Violates,
): readonly Step[] {
  let left = steps;
  for (let end = left.length; end > 0; end -= size) {
    const start = Math.max(0, end - size);
    const less = left.flatMap((step, i) => {
      return i >= start && i < end ? (forget(step) ?? []) : step;
    });
    const useful = withoutUseless(less);
    const isLess = useful.length < left.length || less.some((step, i) => !isSame(step, left[i]));
    if (!isLess || !violates(useful)) continue;
    left = useful;
    end = Math.min(end, left.length + size);
  }
  return left;
}

function isSame(a: Step, b: Step | undefined): boolean {
  return a.operation === b?.operation && a.needs === b.needs && a.answeredAt === b.answeredAt;
}
