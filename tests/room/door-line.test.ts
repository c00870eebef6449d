import { expect, test } from 'vitest';
import type { MemberId } from '#protocols/core/ids.ts';
import { overWebSocket } from '#lib/room/door-line.ts';
import type { Entry } from '#lib/room/signaling-events.ts';

test('who looks for a room tells a proxy the first letter of its code, and no more', () => {
  const queries: string[] = [];
  const open = overWebSocket((query) => {
    queries.push(query);
    // Nobody answers within this test.
    return {} as WebSocket;
  });
  const entries: Entry[] = [
    { type: 'create' },
    { type: 'join', code: 'KBCDEF' },
    { type: 'resume', code: 'ABCDEF', facilitator: 'a'.repeat(32) as MemberId, locked: true },
  ];
  for (const entry of entries) open(entry, { heard: () => undefined, ended: () => undefined });
  expect(queries).toEqual(['', '?room=K', '?room=A']);
});
