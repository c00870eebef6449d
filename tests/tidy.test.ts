/** ARCHITECTURE §1 and STYLE, held against every file. Each check first proves that it bites. */
import { describe, expect, test } from 'vitest';
import { areaOf, importFindings } from './setup/imports.ts';
import { readSources, sourceOf, type Source } from './setup/sources.ts';
import {
  anyFindings,
  asideFindings,
  lengthFindings,
  linesMax,
  markFindings,
  purityFindings,
  webRtcFindings,
} from './setup/tidy.ts';

const sources = readSources();

type Check = (source: Source) => string[];
type Sample = readonly [path: string, text: string];

const named = (samples: Sample[]): [name: string, path: string, text: string][] =>
  samples.map(([path, text]) => [`${path}: ${JSON.stringify(text).slice(0, 80)}`, path, text]);

/** `bad` must each be found, `good` must not, and then the project's own files must be clean. */
function hold(title: string, check: Check, samples: { bad: Sample[]; good: Sample[] }): void {
  describe(title, () => {
    test.each(named(samples.bad))('bites: %s', (_name, path, text) => {
      expect(check(sourceOf(path, text))).not.toEqual([]);
    });
    test.each(named(samples.good))('lets pass: %s', (_name, path, text) => {
      expect(check(sourceOf(path, text))).toEqual([]);
    });
    test('every file', () => {
      expect(sources.flatMap(check)).toEqual([]);
    });
  });
}

const svelte = (script: string) => `<script lang="ts">${script}</script>`;

test('there are files to look at, and each has its place', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.map(({ path }) => path)).toContain('tests/tidy.test.ts');
  expect(areaOf('protocols/core/ids.ts')).toBe('ids');
  expect(areaOf('protocols/raft/rules.ts')).toBe('protocol raft');
  expect(areaOf('src/routes/+page.svelte')).toBe('routes');
});

hold('imports point one way', importFindings, {
  bad: [
    ['protocols/raft/replica.ts', `import { a } from '../pbft/rules.ts';`],
    ['protocols/raft/replica.ts', `export { a } from '#lib/host/host.ts';`],
    ['protocols/raft/replica.ts', `import { openDB } from 'idb';`],
    ['protocols/core/replica.ts', `import type { A } from '../raft/messages.ts';`],
    ['protocols/core/replica.ts', `import { protocols } from '../registry.ts';`],
    ['src/lib/host/host.ts', `import { a } from '../tab/disk.ts';`],
    ['src/lib/host/host.ts', `import { a } from '#protocols/registry.ts';`],
    ['src/lib/simulator/world.ts', `import { a } from '../tab/disk.ts';`],
    ['src/lib/tab/tab.ts', `import { a } from '../room/seats.ts';`],
    ['src/lib/tab/tab.ts', `const w = new Worker(new URL('../room/a.ts', import.meta.url));`],
    ['src/lib/mesh/mesh.ts', `import { a } from '../tab/disk.ts';`],
    ['src/lib/mesh/mesh.ts', `import { a } from '#signaling/messages.ts';`],
    ['src/lib/room/room.ts', `import type { A } from '../view/types.ts';`],
    ['src/lib/room/room.ts', `import { a } from '#protocols/raft/replica.ts';`],
    ['src/lib/room/room.ts', `const a: import('../view/types.ts').A = 1;`],
    ['src/lib/room/room.ts', `import { a } from '#signaling/server.ts';`],
    ['src/lib/view/room.svelte.ts', `await import('../components/Ring.svelte');`],
    ['src/lib/components/Ring.svelte', svelte(`import Page from '../../routes/+page.svelte';`)],
    ['src/lib/view/room.svelte.ts', `import { a } from '#protocols/raft/rules.ts';`],
    ['src/lib/view/pbft/words.ts', `import type { A } from '#protocols/raft/notes.ts';`],
    ['src/lib/view/pbft/words.ts', `import { a } from '../raft/words.ts';`],
    ['signaling/server.ts', `import { a } from '#protocols/core/replica.ts';`],
    ['signaling/messages.ts', `import { a } from './room.ts';`],
    ['signaling/room.ts', `import express from 'express';`],
  ],
  good: [
    ['protocols/raft/replica.ts', `import { a } from '../core/replica.ts';`],
    ['protocols/raft/messages.ts', `import * as v from 'valibot';`],
    ['protocols/registry.ts', `import { raft } from './raft/index.ts';`],
    ['src/lib/mesh/mesh.ts', `import { a } from '../tab/clock.ts';`],
    ['src/lib/tab/tab.ts', `import { a } from '#protocols/registry.ts';`],
    ['src/lib/tab/tab.ts', `import type { Section } from '../mesh/transport.ts';`],
    ['src/lib/view/raft/words.ts', `import type { A } from '#protocols/raft/notes.ts';`],
    ['src/lib/view/protocols.ts', `import { narrateRaft } from './raft/words.ts';`],
    ['signaling/main.ts', `const folder = new URL('../build', import.meta.url);`],
    ['src/lib/components/Ring.svelte', svelte(`import type { A } from '../view/types.ts';`)],
    ['src/routes/+page.svelte', svelte(`import Home from '#lib/components/Home.svelte';`)],
    ['signaling/room.ts', `import { a } from '#protocols/core/ids.ts';`],
    ['tests/raft.test.ts', `import { a } from '#protocols/raft/rules.ts';`],
  ],
});

const inCore = (text: string): Sample => ['protocols/core/x.ts', text];

hold('protocols are pure', purityFindings, {
  bad: [
    'Date.now()',
    'new Date()',
    'performance.now()',
    'Math.random()',
    'setTimeout(f, 1)',
    'setInterval(f, 1)',
    'async () => 1',
    'let a: Promise<number>',
    'window.x',
    'console.log(1)',
    'crypto.getRandomValues(a)',
    'const now = Date;',
    'const { random } = globalThis.Math;',
  ].map(inCore),
  good: [
    ...['// a window of Date', 'a.window', 'interface A { window: number }', '"Promise"'].map(
      inCore,
    ),
    ['src/lib/tab/x.ts', 'Date.now()'],
  ],
});

hold('only the mesh touches WebRTC', webRtcFindings, {
  bad: [
    ['src/lib/room/x.ts', 'new RTCPeerConnection()'],
    ['src/routes/+page.svelte', svelte('let channel: RTCDataChannel;')],
    ['src/lib/tab/x.ts', `import Peer from 'simple-peer/simplepeer.min.js';`],
    ['src/lib/room/x.ts', `await import('peerjs');`],
  ],
  good: [
    ['src/lib/mesh/x.ts', 'new RTCPeerConnection()'],
    ['signaling/x.ts', '// For RTCPeerConnection'],
  ],
});

hold('files stay short', lengthFindings, {
  bad: [
    ['src/lib/room/x.ts', '\n'.repeat(linesMax.other + 1)],
    ['src/lib/components/X.svelte', '\n'.repeat(linesMax['.svelte'] + 1)],
    ['tests/x.test.ts', '\n'.repeat(linesMax.other + 1)],
  ],
  good: [
    ['src/lib/room/x.ts', '\n'.repeat(linesMax.other)],
    ['tests/x.test.ts', '\n'.repeat(linesMax.other)],
  ],
});

const inTest = (text: string): Sample => ['tests/x.test.ts', text];

hold('no test is put aside', asideFindings, {
  bad: [
    `test.only('x', f)`,
    `it.skip('x', f)`,
    `describe.todo('x')`,
    `test.describe.only('x', f)`,
    `test.fixme('x', f)`,
    'it.skip(`x`, f)',
    'const later = test.skip;',
  ].map(inTest),
  good: [`test('only', f)`, `test.skip(!isRoot, 'needs root')`, `list.skip('x')`].map(inTest),
});

hold('nothing is any', anyFindings, {
  bad: ['const a = b as any;', 'let a: any;', 'let a: Array<any>;', 'f<any>()'].map(inCore),
  good: ['// any of them', 'const any = 1;', `let a: 'any';`].map(inCore),
});

const [later, broken, blind] = [`TO${'DO'}`, `FIX${'ME'}`, `@ts-${'ignore'}`];

hold('nothing is left for later, and the compiler looks everywhere', markFindings, {
  bad: [`// ${later}: x`, `/* ${broken} */`, `// ${blind}`].map(inCore),
  good: ['// what to do', 'const todo = 1;'].map(inCore),
});
