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
    // In a meta element, so that it holds on any static host. Names and traces of strangers are drawn as text; should one
    // ever become markup, it runs nothing and sends nothing away but to servers of rooms.
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
        'worker-src': ['self'],
        // Svelte sets style attributes.
        'style-src': ['self', 'unsafe-inline'],
        'img-src': ['self', 'data:'],
        'font-src': ['self'],
        'manifest-src': ['self'],
        // Any server may introduce the tabs of a page that lies on a static host.
        'connect-src': ['self', 'http:', 'https:', 'ws:', 'wss:'],
        'base-uri': ['none'],
        'form-action': ['none'],
      },
    },
  },
};
