/**
 * B.4, E1: a leader with two stories tells each to others, and no replica has both of what it signed. Whoever sees votes
 * for another block than the one it heard in the view shows the others what it heard.
 */
import type { HotStuffMessage, Vote } from './messages.ts';
import { othersThan, send, type HotStuff } from './state.ts';

/** `voted` was counted, or is a vote. Once a view: more would say nothing more. */
export function tellIfOtherwise(
  hotStuff: HotStuff,
  voted: Readonly<Pick<Vote, 'view' | 'block'>>,
): void {
  const { state } = hotStuff;
  const { heard } = state;
  if (!heard || heard.view !== voted.view || heard.digest === voted.block || heard.isTold) return;
  state.heard = { ...heard, isTold: true };
  const message: HotStuffMessage = { type: 'HEARD', statement: heard.statement };
  send(hotStuff, othersThan(state), message);
}
