/**
 * What a copy of a tab may ask of the one that holds its seat: to let go, so that the replica moves, or to be two
 * replicas with one key, which is what a cloned disk is.
 */
import type { MemberId } from '#protocols/core/ids.ts';

export type Wish = 'let go' | 'twin';

const channelName = 'synod-handover';

/** How long a tab may take to do so, in ms. */
const answerMs = 400;

/** Asks whichever tab holds `id`, and gives it the time to. */
export async function askHolder(id: MemberId, wish: Wish): Promise<void> {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage({ id, wish });
  await new Promise((resolve) => setTimeout(resolve, answerMs));
  channel.close();
}

/** Calls `grant` when another tab wishes something of who holds `id`. Returns how to stop listening. */
export function onAskedFor(id: MemberId, grant: (wish: Wish) => void): () => void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'object' || data === null || !('id' in data) || data.id !== id) return;
    if ('wish' in data && (data.wish === 'let go' || data.wish === 'twin')) grant(data.wish);
  };
  return () => channel.close();
}
