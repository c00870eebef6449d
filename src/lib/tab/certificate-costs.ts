/** The page's end of the worker that measures what certificates cost on this machine. */
import type { CertificateCosts } from '../host/certificate-costs.ts';

/** Of certificates among `n`. Rejects where the worker cannot be loaded. */
export function measureCertificates(n: number): Promise<CertificateCosts> {
  // Written as one expression, since only so the bundler finds the worker's program.
  const worker = new Worker(new URL('./certificate-costs.worker.ts', import.meta.url), {
    type: 'module',
  });
  return new Promise<CertificateCosts>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<CertificateCosts>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || 'its program failed to load'));
    worker.postMessage(n);
  }).finally(() => worker.terminate());
}
