/** `npm run long -- <name>`: the long checks, from a fresh clone. Their list and options: without a name. */
import { ensureChromium } from '../../scripts/chromium.mjs';
import { ensureBuild, ensureDependencies, ensureNode, say } from '../../scripts/setup.mjs';

ensureNode();
ensureDependencies();
ensureBuild();
say(`Chromium: ${await ensureChromium()}`);
const { register } = await import('tsx/esm/api');
register();
await import('./main.ts');
