/**
 * The history of one key as steps of a register. Every operation of the store, with its answer, says two things: which
 * value it must have found, and which it left. Values are numbered, so that the search compares integers.
 */
import type { Command, Result } from './client.ts';
import type { HistoryOperation } from './linearizability.ts';

/** What the key holds: its value, or `null` when it is absent. */
export type Held = string | null;

/** What a step needs that does not look. */
export const anyValue = -1;
/** What a step needs that no state explains, as of a `put x` answered with `y`. */
const noValue = -2;
/** The number of the value the key held at first. */
export const initialValue = 0;

export interface Step {
  readonly operation: HistoryOperation;
  /** The value it found, or {@link anyValue}. */
  readonly needs: number;
  /** The value it left. One that leaves what it needs only looked. */
  readonly leaves: number;
  readonly calledAt: number;
  /** `null`: it may have happened at any time after the call, or never. Else it must be explained. */
  readonly answeredAt: number | null;
}

/** A step with an answer. */
export type Required = Step & { readonly answeredAt: number };

type Keyed = Exclude<Command, { op: 'stop' }>;
/** `undefined`: it did not look. */
type Effect = { readonly needs: Held | undefined; readonly leaves: Held };

/** `operations` of one key, in order of calls. Those that surely did nothing, or whose doing nobody can tell, are left out. */
export function stepsOf(operations: readonly HistoryOperation[], initial: Held): Step[] {
  const numbers = new Map<Held, number>([[initial, initialValue]]);
  const numberOf = (value: Held): number => {
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  return operations.flatMap((operation) => {
    const { calledAt, answeredAt, result } = operation;
    const command = operation.command as Keyed;
    const isAnswered = answeredAt !== null && result !== null && saysWhatItFound(result);
    if (!isAnswered && (command.op === 'get' || neverExecutes(result))) return [];
    const effect = isAnswered ? effectSeen(command, result) : effectOf(command);
    const needs = effect?.needs === undefined ? anyValue : numberOf(effect.needs);
    return {
      operation,
      needs: effect ? needs : noValue,
      leaves: effect ? numberOf(effect.leaves) : noValue,
      calledAt,
      answeredAt: isAnswered ? answeredAt : null,
    };
  });
}

/** Of each answer the meaning is in the table of `linearizability.ts`. */
function saysWhatItFound(result: Result): boolean {
  return result.ok || result.error === 'cas-mismatch' || result.error === 'state-full';
}

function neverExecutes(result: Result | null): boolean {
  return result !== null && !result.ok && result.error === 'epoch-ended';
}

/** What `command` did to be answered so; `null` if nothing it does is answered so. */
function effectSeen(command: Keyed, result: Result): Effect | null {
  const { value } = result;
  if (!result.ok) {
    if (command.op !== 'put' && command.op !== 'cas') return null;
    const matched = command.op === 'put' || command.expected === value;
    const mayRefuse = result.error === 'state-full' ? matched : !matched;
    return mayRefuse ? { needs: value, leaves: value } : null;
  }
  switch (command.op) {
    case 'get':
      return { needs: value, leaves: value };
    case 'delete':
      return { needs: value, leaves: null };
    case 'put':
    case 'cas':
      return value === command.value ? effectOf(command) : null;
  }
}

/** What a write does when it does anything. */
function effectOf(command: Keyed): Effect {
  switch (command.op) {
    case 'cas':
      return { needs: command.expected, leaves: command.value };
    case 'put':
      return { needs: undefined, leaves: command.value };
    case 'get':
    case 'delete':
      return { needs: undefined, leaves: null };
  }
}

/** Whether it changed nothing, whatever it found. */
export function onlyLooked({ needs, leaves }: Step): boolean {
  return needs === leaves;
}

export function isRequired(step: Step): step is Required {
  return step.answeredAt !== null;
}

/**
 * Without the unknown steps that explain nothing: a write that nobody needs may as well not have happened. A chain of
 * unknown compare-and-swaps is needed from its end backwards.
 */
export function withoutUseless(steps: readonly Step[]): Step[] {
  const unknown = steps.filter((step) => !isRequired(step) && !onlyLooked(step));
  const needed = new Set(steps.filter(isRequired).map(({ needs }) => needs));
  for (let before = -1; before < needed.size;) {
    before = needed.size;
    for (const { needs, leaves } of unknown) if (needed.has(leaves)) needed.add(needs);
  }
  return steps.filter((step) => isRequired(step) || (!onlyLooked(step) && needed.has(step.leaves)));
}
