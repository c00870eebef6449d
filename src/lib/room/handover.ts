/** Moving a seat from one tab of a browser to another: the one that wants it asks, the one that holds it lets go. */
import type { MemberId } from '#protocols/core/ids.ts';

const channelName = 'synod-handover';

/** How long a tab may take to stop its replica and let go, in ms. */
const letGoMs = 400;

/** Asks whichever tab holds `id` to let go, and gives it the time to. */
export async function askToLetGo(id: MemberId): Promise<void> {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage(id);
  await new Promise((resolve) => setTimeout(resolve, letGoMs));
  channel.close();
}

/** Calls `letGo` when another tab asks for `id`. Returns how to stop listening. */
export function onAskedFor(id: MemberId, letGo: () => void): () => void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === id) letGo();
  };
  return () => channel.close();
}
