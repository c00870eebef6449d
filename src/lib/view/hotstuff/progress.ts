/** What stands under a node of the ring: the votes that it collects. */
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Progress } from '../protocol-screen.ts';
import { votesWords } from './block-words.ts';

/** Who gave up on its view, the node's own label says. */
export function votesCollected({ tree, role }: ReplicaSummary): Progress | null {
  if (!tree?.collected || role === 'candidate') return null;
  return votesWords(tree.collected, tree.quorum);
}
