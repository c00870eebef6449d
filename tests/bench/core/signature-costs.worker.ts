/// <reference lib="webworker" />
/** The same in a worker of a browser, where a replica's signatures are made. */
import { signatureCosts } from './signature-costs.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
scope.onmessage = ({ data }: MessageEvent<number>) => {
  void signatureCosts(data).then((costs) => scope.postMessage(costs));
};
