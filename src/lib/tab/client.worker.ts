/// <reference lib="webworker" />
/** A worker for the tab's client: its retries keep time while the tab is hidden and while its replica is crashed. */
import { ClientProcess } from './client-process.ts';
import type { FromClient, ToClient } from './worker-messages.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;

const client = new ClientProcess((message: FromClient) => scope.postMessage(message));
scope.onmessage = ({ data }: MessageEvent<ToClient>) => client.take(data);
