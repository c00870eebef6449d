/// <reference lib="webworker" />
/** A worker that measures certificates: checking one may take longer than a page may stand still. */
import { certificateCosts } from '../host/certificate-costs.ts';
import { browserSubtle } from '../host/ed25519.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;

/** Enough for a median, and not for a phone to grow warm. */
const times = 3;

scope.onmessage = ({ data: n }: MessageEvent<number>) => {
  const measured = certificateCosts(n, { times, subtle: browserSubtle() });
  measured.then(
    (costs) => scope.postMessage(costs),
    (error: unknown) => scope.reportError(error),
  );
};
