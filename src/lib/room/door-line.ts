/** What carries the words between a tab and the door of its room: a WebSocket, or whatever reaches who keeps the door. */
import type { Bytes } from '../mesh/framing.ts';
import type { Entry } from './signaling-events.ts';

export interface DoorLine {
  /** Dropped when it is not open, or not any more. */
  send(message: string | Bytes): void;
  /** Lets go of what was sent before. Nothing is heard of it any more. */
  close(): void;
}

export interface DoorLineEvents {
  /** A text, or the bytes of a relayed frame. */
  heard(message: unknown): void;
  /** Last event. `code` is one of `doorCloses` or any other; `why` is a sentence, or empty. */
  ended(code: number, why: string): void;
}

/** Opens a line on which to make `entry`. Never calls back before it returns. */
export type OpenDoorLine = (entry: Entry, events: DoorLineEvents) => DoorLine;

/**
 * What a proxy before several servers goes by, each of which has the rooms of some first letters. The rest of the code
 * stays out of its log.
 */
function queryOf(entry: Entry): string {
  return entry.type === 'create' ? '' : `?room=${entry.code.slice(0, 1)}`;
}

/** Over the WebSocket that `open` opens at its URL with `query`. */
export function overWebSocket(open: (query: string) => WebSocket): OpenDoorLine {
  return (entry, events) => {
    const socket = open(queryOf(entry));
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }: MessageEvent<unknown>) => events.heard(data);
    socket.onclose = ({ code }) => events.ended(code, '');
    // A close follows.
    socket.onerror = () => undefined;
    return {
      send: (message) => socket.send(message),
      close() {
        socket.onmessage = socket.onclose = null;
        socket.close();
      },
    };
  };
}
