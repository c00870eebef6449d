import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { signalingPlugin } from './signaling/vite-plugin.ts';

export default defineConfig({
  plugins: [sveltekit(), signalingPlugin()],
  // simple-peer's main entry expects Node's globals; its own browser bundle does not.
  resolve: { alias: { 'simple-peer': 'simple-peer/simplepeer.min.js' } },
  worker: { format: 'es' },
  // The protocol cores and the signaling schema lie outside src.
  server: { fs: { allow: ['protocols', 'signaling', 'src'] } },
});
