/** `npm start`: from a fresh clone to an open server. Arguments go to signaling/main.ts. */
import { ensureBuild, ensureDependencies, ensureNode } from './setup.mjs';

ensureNode();
ensureDependencies();
ensureBuild();
// In this process, so that signals reach the server itself.
const { register } = await import('tsx/esm/api');
register();
await import('../signaling/main.ts');
