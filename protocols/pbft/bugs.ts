/** The classic mistakes (A.2.7): they show what each rule is good for, and that the checkers see it when it is missing. */
import { around } from './bugs/around.ts';
import type { PbftBug } from './bugs/bug.ts';
import { ordering } from './bugs/ordering.ts';
import { switchedOn } from './bugs/switches.ts';
import { viewChanges } from './bugs/view-changes.ts';
import { waiting } from './bugs/waiting.ts';

export const bugs: readonly PbftBug[] = [
  ...ordering,
  ...viewChanges,
  ...waiting,
  ...around,
  ...switchedOn,
];
