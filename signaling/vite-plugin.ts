/** The same door on Vite's dev and preview servers, so that `npm run dev` works alone. */
import { Server } from 'node:http';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';
import { createSignaling } from './server.ts';
import { addressesPath, answerJson } from './site.ts';

/** Only upgrades for `/signal` are taken: Vite's hot reload keeps its own. */
function mount(vite: ViteDevServer | PreviewServer): void {
  const server = vite.httpServer;
  if (!(server instanceof Server)) return;
  const signaling = createSignaling({ server, otherUpgrades: 'leave' });
  server.once('close', () => void signaling.close());
  vite.middlewares.use(addressesPath, (_request, response) =>
    answerJson(response, vite.resolvedUrls?.network ?? []),
  );
}

export function signalingPlugin(): Plugin {
  return { name: 'synod-signaling', configureServer: mount, configurePreviewServer: mount };
}
