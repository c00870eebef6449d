/** What the split of a room says in words. */
import { protocols } from '#protocols/registry.ts';
import { count } from './words.ts';

/** Sizes to choose from: those with which there are two groups at least. */
export function sizesFor(members: number): readonly number[] {
  return [2, 3, 4, 5, 6, 7, 10, 13].filter((least) => 2 * least <= members);
}

/** `8 groups of 5`, `7 groups: 5 of 6 and 2 of 5`. */
export function drawWords(sizes: readonly number[]): string {
  const [largest = 0] = sizes;
  const large = sizes.filter((size) => size === largest).length;
  const groups = count(sizes.length, 'group');
  if (large === sizes.length) return `${groups} of ${largest}`;
  return `${groups}: ${large} of ${largest} and ${sizes.length - large} of ${largest - 1}`;
}

/** What a group of `size` replicas can show. */
export function strengthWords(size: number): string {
  const { quorum } = protocols.raft;
  const crashes = size - quorum(size);
  if (crashes === 0) {
    return `A group of ${size} commits only while all are up: it shows that a log is copied, not that it outlives a crash.`;
  }
  const outlives = `A group of ${size} outlives ${crashes === 1 ? 'a crash' : `${crashes} crashes`} with Raft`;
  const { votersMin, quorum: signedQuorum } = protocols.pbft;
  if (size < votersMin) {
    return `${outlives}. PBFT and HotStuff need ${votersMin} to bear a liar.`;
  }
  return `${outlives}, and ${count(size - signedQuorum(size), 'liar')} with PBFT or HotStuff.`;
}
