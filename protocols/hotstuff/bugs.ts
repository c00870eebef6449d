/** The classic mistakes (A.4.9): they show what each rule is good for, and that the checkers see it when it is missing. */
import type { HotStuffBug } from './bugs/bug.ts';
import { certificates } from './bugs/certificates.ts';
import { chain } from './bugs/chain.ts';
import { states } from './bugs/states.ts';
import { voting } from './bugs/voting.ts';
import { waiting } from './bugs/waiting.ts';

export const bugs: readonly HotStuffBug[] = [
  ...certificates,
  ...chain,
  ...states,
  ...voting,
  ...waiting,
];
