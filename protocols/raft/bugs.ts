/** The classic mistakes: they show what each rule is good for, and that the checkers see it when it is missing. */
import type { RaftBug } from './bugs/bug.ts';
import { elections } from './bugs/elections.ts';
import { followers } from './bugs/followers.ts';
import { leaders } from './bugs/leaders.ts';
import { liveness } from './bugs/liveness.ts';
import { membership } from './bugs/membership.ts';
import { reads } from './bugs/reads.ts';

export const bugs: readonly RaftBug[] = [
  ...elections,
  ...followers,
  ...leaders,
  ...membership,
  ...reads,
  ...liveness,
];
