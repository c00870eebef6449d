/** What a replica vouches for, what it believes of another's state, and what it may forget (C14, C15). */
import { sha256Hex } from '../core/digest.ts';
import { stateDigest } from './snapshot.ts';
import type { HotStuffState } from './state.ts';
import type { Checkpoint } from './transfer-messages.ts';
import type { Node } from './tree.ts';

/** C15: who votes for a block vouches for the checkpoint that it names, and so must have the same of its own. */
export function mayVouchFor({ block }: Node, { checkpoints }: HotStuffState): boolean {
  const named = block?.checkpoint;
  return !named || checkpoints.get(named.height) === named.digest;
}

/** C15: these digests of pieces are what the checkpoint's digest is over. */
export function isVouchedFor(
  pieceDigests: readonly string[],
  { digest }: Pick<Checkpoint, 'digest'>,
): boolean {
  return stateDigest(pieceDigests) === digest;
}

/** C15: `data` is the piece that has this digest. */
export function isPiece(data: string, digest: string): boolean {
  return sha256Hex(data) === digest;
}

/**
 * C14, "prune below the committed block only": from which height on blocks are kept. K below the stable checkpoint, so
 * that who is a little behind needs no state.
 */
export function keptFrom({ stable, setting }: HotStuffState): number {
  return Math.max(0, (stable?.height ?? 0) - setting.checkpointEvery);
}
