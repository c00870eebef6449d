/// <reference lib="webworker" />
/** A worker that measures certificates: checking one may take longer than a page may stand still. */
import { certificateCosts } from '../host/certificate-costs.ts';
import { browserSubtle } from '../host/ed25519.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;

/** Enough for a median, and not for a phone to grow warm. */
const times = 9;

scope.onmessage = async ({ data: n }: MessageEvent<number>) => {
  scope.postMessage(await certificateCosts(n, { times, subtle: browserSubtle() }));
};
