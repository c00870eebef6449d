/** `npm start`: from a fresh clone to an open server. Arguments go to signaling/main.ts. */
import { ensureBuild, ensureDependencies, ensureNode } from './setup.mjs';

ensureNode();
ensureDependencies();
ensureBuild();
// In this process, so that signals reach the server itself.
const { register } = await import('tsx/esm/api');
register();
await import('../signaling/main.ts');

// npm passes a signal on to its shell, and not every shell passes it on to us: without this, a server whose npm was
// ended would keep its port for good.
const orphanCheckMs = 500;
const parent = process.ppid;
if (process.env['npm_lifecycle_event'] === 'start') {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, orphanCheckMs).unref();
}
