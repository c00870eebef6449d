import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    // One page that routes in the browser by the address's hash: any static host serves it under any path.
    adapter: adapter({ fallback: 'index.html' }),
    router: { type: 'hash' },
    paths: { relative: true },
  },
};
