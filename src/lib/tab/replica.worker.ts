/// <reference lib="webworker" />
/** A dedicated worker for one replica: terminating it is the crash. */
import { ReplicaProcess } from './replica-process.ts';
import type { FromReplica, ToReplica } from './worker-messages.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;

const replica = new ReplicaProcess((message: FromReplica) => {
  scope.postMessage(message, transferable(message));
});
scope.onmessage = ({ data }: MessageEvent<ToReplica>) => replica.take(data);

function transferable(message: FromReplica): Transferable[] {
  if (message.type === 'trace') return [message.bytes.buffer as ArrayBuffer];
  if (message.type !== 'send') return [];
  const buffers = message.dispatches.flatMap(({ sections }) =>
    sections.map(({ bytes }) => bytes.buffer as ArrayBuffer),
  );
  return [...new Set(buffers)];
}
