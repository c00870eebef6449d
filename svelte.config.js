import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    // One page that routes in the browser: any static host serves it, and no page is rendered on a server.
    adapter: adapter({ fallback: 'index.html' }),
    paths: { relative: true },
  },
};
