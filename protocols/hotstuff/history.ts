/** What was executed, as two replicas can compare it: a block's digest covers its parent's, and so all below it (C1). */
import type { ExecutedSlot } from '../core/protocol.ts';
import type { HotStuffState } from './state.ts';
import type { Node } from './tree.ts';

/** Blocks told of at once: the newest, if more were executed. */
const toldMax = 1_024;

/** Executed blocks above height `n`, ascending. */
export function executedAbove({ committed }: Readonly<HotStuffState>, n: number): ExecutedSlot[] {
  const slots: ExecutedSlot[] = [];
  for (let node: Node | null = committed; node && node.height > n; node = node.parent) {
    if (slots.length >= toldMax) break;
    const { height, digest, block } = node;
    slots.push({ n: height, digest: block && digest, history: digest });
  }
  return slots.reverse();
}
