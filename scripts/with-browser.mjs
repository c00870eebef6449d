/**
 * Runs a TypeScript program that needs the built page and a Chromium, from a fresh clone:
 * `node scripts/with-browser.mjs tests/bench/live/main.ts [options of the program]`.
 */
import { pathToFileURL } from 'node:url';
import { ensureChromium } from './chromium.mjs';
import { ensureBuild, ensureDependencies, ensureNode, say } from './setup.mjs';

const [program, ...options] = process.argv.slice(2);
if (program === undefined) throw new Error('which program?');
ensureNode();
ensureDependencies();
ensureBuild();
say(`Chromium: ${await ensureChromium()}`);
process.argv.splice(1, process.argv.length, program, ...options);
const { register } = await import('tsx/esm/api');
register();
await import(pathToFileURL(program).href);
