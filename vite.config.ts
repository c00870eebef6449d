import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { signalingPlugin } from './signaling/vite-plugin.ts';

export default defineConfig({
  plugins: [sveltekit(), signalingPlugin()],
  // simple-peer's main entry expects Node's globals; its own browser bundle does not.
  resolve: { alias: { 'simple-peer': 'simple-peer/simplepeer.min.js' } },
  worker: { format: 'es' },
  // Named here, because those that only a worker imports are found too late, and finding one reloads the page.
  optimizeDeps: {
    include: [
      '@noble/ciphers/chacha.js',
      '@noble/curves/ed25519.js',
      '@noble/hashes/hkdf.js',
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      'idb',
      'peerjs',
      'simple-peer',
      'uqr',
      'valibot',
    ],
  },
  // The protocol cores and the signaling schema lie outside src.
  server: { fs: { allow: ['protocols', 'signaling', 'src'] } },
});
