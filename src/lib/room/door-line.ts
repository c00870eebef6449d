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

/** Over the WebSocket that `open` opens. */
export function overWebSocket(open: () => WebSocket): OpenDoorLine {
  return (_entry, events) => {
    const socket = open();
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
