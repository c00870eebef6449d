/** The same door on Vite's dev and preview servers, so that `npm run dev` works alone. */
import { Server } from 'node:http';
import type { Plugin } from 'vite';
import { createSignaling } from './server.ts';

/** Only upgrades for `/signal` are taken: Vite's hot reload keeps its own. */
function mount(server: unknown): void {
  if (!(server instanceof Server)) return;
  const signaling = createSignaling({ server, otherUpgrades: 'leave' });
  server.once('close', () => void signaling.close());
}

export function signalingPlugin(): Plugin {
  return {
    name: 'synod-signaling',
    configureServer: ({ httpServer }) => mount(httpServer),
    configurePreviewServer: ({ httpServer }) => mount(httpServer),
  };
}
