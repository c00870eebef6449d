/** Who leads which view (C28): a function of the view, or of what the chain says, so that all replicas agree. */
import type { ReplicaId } from '../core/ids.ts';
import { faultsTolerated } from '../core/quorum.ts';
import { signersOf } from './certificates.ts';
import type { Setting } from './setting.ts';
import { ancestorAt, type Node } from './tree.ts';

/**
 * - `round-robin`: each leads so many views in a row
 * - `reputation`: whoever signed lately and has not led just now, as long as views bring commits; else round robin
 */
export type Rotation =
  { readonly type: 'round-robin'; readonly views: number } | { readonly type: 'reputation' };

type Leading = Pick<Setting, 'voters' | 'rotation'>;

/**
 * The leader of `view`. `certified` is the block of the view before if its certificate is what begins `view`, and
 * `null` if timeouts do.
 */
export function leaderOf(view: number, certified: Node | null, setting: Leading): ReplicaId {
  const { voters, rotation } = setting;
  if (rotation.type === 'round-robin') {
    return voters[Math.floor(view / rotation.views) % voters.length] as ReplicaId;
  }
  const candidates = certified ? reputable(certified, setting) : voters;
  return candidates[view % candidates.length] as ReplicaId;
}

/**
 * Carousel (Cohen et al., FC 2022): who signed the certificate of the last block that `certified` shows to be committed,
 * without the last f proposers. Not once two rounds of all leaders brought no commit: who signed long ago and is gone
 * since would be chosen again and again.
 */
function reputable(certified: Node, setting: Leading): readonly ReplicaId[] {
  const { voters } = setting;
  const committed = ancestorAt(certified, certified.committedHeight);
  if (!committed || certified.view - committed.view > 2 * voters.length) return voters;
  const next = ancestorAt(certified, committed.height + 1);
  const signers = next?.block && signersOf(next.block.justify, setting);
  if (!signers || signers.length === 0) return voters;
  const tired: ReplicaId[] = [];
  for (
    let node: Node | null = committed;
    node?.block && tired.length < faultsTolerated(voters.length);
    node = node.parent
  ) {
    tired.push(node.block.proposer);
  }
  return voters.filter((id) => signers.includes(id) && !tired.includes(id));
}
