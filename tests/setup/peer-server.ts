/** A PeerServer in a process of its own, for tests that run in a browser and cannot start one. */
import type { TestProject } from 'vitest/node';
import { ServerProcess } from './server-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where it is, for PeerJS. */
    readonly peerServer: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await ServerProcess.start({ PEERJS: '1', ORIGINS: '*' });
  project.provide('peerServer', `${server.url}/peerjs/`);
  return () => server.kill();
}
