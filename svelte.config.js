import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

const page = 'build/index.html';
const toFiles = adapter({ fallback: 'index.html' });

/** @param {string} html */
const hashesOf = (html) =>
  [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) =>
    createHash('sha256').update(script).digest('base64'),
  );

/**
 * One page that routes in the browser by the address's hash. SvelteKit has a fallback page look for its files at the
 * host's root; since this one is never served at another depth, it finds them beside itself, under any path.
 */
const anyPath = {
  name: toFiles.name,
  /** @param {import('@sveltejs/kit').Builder} builder */
  async adapt(builder) {
    await toFiles.adapt(builder);
    const text = readFileSync(page, 'utf8');
    const moved = text.replaceAll(/"\/(?=_app\/|favicon\.svg")/g, '"./');
    // The policy names the scripts of the page by their hashes.
    const hashes = hashesOf(text).map((hash, i) => [hash, hashesOf(moved)[i] ?? hash]);
    writeFileSync(
      page,
      hashes.reduce((html, [before = '', after = '']) => html.replace(before, after), moved),
    );
  },
};

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    adapter: anyPath,
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
