/** The classic mistakes: they show what each rule is good for, and that the checkers see it when it is missing. */
import type { Bug } from '../core/laboratory.ts';
import type { PbftMessage } from './messages.ts';
import type { PbftNote } from './notes.ts';
import type { PbftState } from './state.ts';

export const bugs: readonly Bug<PbftMessage, PbftState, PbftNote>[] = [];
