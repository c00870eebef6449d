/** Files that a person takes home. */
import type { RoomSession } from '../room/session.ts';

/** What was signed in this epoch, for `npm run verify`. Nothing where nobody signs. */
export async function saveTranscript({ conduct, gossip, options }: RoomSession): Promise<void> {
  const { newest } = gossip.keeper;
  const text = newest && (await conduct.transcript(newest));
  if (text === null) return;
  const url = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `synod-${options.code}-epoch-${newest?.charter.genesis?.genesis.epoch ?? 0}.ndjson`;
  link.click();
  URL.revokeObjectURL(url);
}
