/** The block tree: every block whose ancestors are known, down to one that is committed (C12). */
import type { Block } from './messages.ts';
import { genesisDigest } from './block.ts';

export interface Node {
  readonly digest: string;
  readonly view: number;
  readonly height: number;
  /** `null` for genesis, and for the state that a snapshot brought. */
  readonly block: Block | null;
  /** `null` for the lowest one that is kept. */
  parent: Node | null;
  /** View of the block's certificate; 0 for genesis. */
  readonly justifyView: number;
  /** Up to this height whoever has this block knows that its branch is committed. */
  readonly committedHeight: number;
  /** Height of the last block up to here that has commands; 0 for none. */
  readonly commandHeight: number;
}

export const genesisNode: Node = {
  digest: genesisDigest,
  view: 0,
  height: 0,
  block: null,
  parent: null,
  justifyView: 0,
  committedHeight: 0,
  commandHeight: 0,
};

/** `block` under its `parent`. `committed` is what the parent's being certified commits, `null` if nothing. */
export function nodeOf(
  block: Block,
  digest: string,
  { parent, committed }: { readonly parent: Node; readonly committed: Node | null },
): Node {
  const { view, height, justify, batch } = block;
  return {
    digest,
    view,
    height,
    block,
    parent,
    justifyView: justify.view,
    committedHeight: Math.max(parent.committedHeight, committed?.height ?? 0),
    commandHeight: batch.length > 0 ? height : parent.commandHeight,
  };
}

/** The ancestor of `node` at `height`, itself included; `null` if it is not kept. */
export function ancestorAt(node: Node, height: number): Node | null {
  let at: Node | null = node;
  while (at && at.height > height) at = at.parent;
  return at?.height === height ? at : null;
}

/** Whether `node` is `ancestor` or one of its descendants. */
export function isOnBranchOf(node: Node, ancestor: Node): boolean {
  return ancestorAt(node, ancestor.height) === ancestor;
}

/** From above `ancestor`'s height up to `node`, ascending; `null` if it is no ancestor. */
export function pathFrom(ancestor: Node, node: Node): Node[] | null {
  const path: Node[] = [];
  let at: Node | null = node;
  for (; at && at.height > ancestor.height; at = at.parent) path.push(at);
  return at === ancestor ? path.reverse() : null;
}
