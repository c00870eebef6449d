/**
 * What the platform alone takes for one decision of a protocol whose replicas sign, in the very tabs that run the room: the
 * same frames between the same workers, the same strict writes before them and the same Ed25519 signatures, and no protocol.
 * It travels on the bare channels of floor.ts. These functions run inside the pages, so each must be whole by itself.
 */
import type { Page } from '@playwright/test';
import type { BareCommits } from './floor.ts';

export interface Signing {
  /** Mean of one signature and of one verification in the worker, ms. */
  readonly signMs: number;
  readonly verifyMs: number;
}

export interface BareSigned {
  readonly publicKey: readonly number[];
  signing(rounds: number): Promise<Signing>;
  /** Decisions one after the other for `ms`, asked for by this tab. */
  decisions(ms: number): Promise<BareCommits>;
}

declare global {
  interface Window {
    bareSigned: BareSigned;
    /** All tabs know each other's keys. */
    meetBareSigned: (keys: readonly (readonly number[])[]) => void;
  }
}

/**
 * Makes the replicas of a bare pattern, one in each of `pages`, which `connect` has joined.
 *
 * @param pattern code of the worker: `onFrame(from, frame, seq)` takes what another sent, and `decide(request)` sees a request
 *   to its answer, given its signature. It may use what stands before it in the worker.
 */
export async function connectSigned(pages: readonly Page[], pattern: string): Promise<void> {
  const keys = [];
  for (const [self, page] of pages.entries()) {
    keys.push(await page.evaluate(install, { self, n: pages.length, pattern }));
  }
  for (const page of pages) await page.evaluate((all) => window.meetBareSigned(all), keys);
}

/* eslint max-lines-per-function: off -- a function that runs in a page must bring all that it needs. */
async function install({
  self,
  n,
  pattern,
}: {
  self: number;
  n: number;
  pattern: string;
}): Promise<readonly number[]> {
  const workerCode = `
    const [self, n] = [${self}, ${n}];
    const f = Math.floor((n - 1) / 3);
    const quorum = Math.ceil((n + f + 1) / 2);
    const frameBytes = 420, statementBytes = 240, signatureAt = 16;
    const opened = new Promise((resolve) => {
      const request = indexedDB.open('bare-signed-' + Math.random());
      request.onupgradeneeded = () => request.result.createObjectStore('journal');
      request.onsuccess = () => resolve(request.result);
    });
    let record = 0;
    const write = async () => {
      const database = await opened;
      return new Promise((resolve) => {
        const transaction = database.transaction('journal', 'readwrite', { durability: 'strict' });
        transaction.objectStore('journal').add({ body: 'x'.repeat(frameBytes) }, record++);
        transaction.commit();
        transaction.oncomplete = resolve;
      });
    };
    let pair, keys = [];
    const statement = new Uint8Array(statementBytes);
    const sign = async () => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, statement));
    const verify = async (signer, signature) => {
      if (!(await crypto.subtle.verify('Ed25519', keys[signer], signature, statement))) {
        throw new Error('a bare signature is false');
      }
    };
    const frameOf = (phase, seq, signatures, bytes = frameBytes) => {
      const frame = new Uint8Array(bytes);
      frame[0] = 7;
      frame[1] = phase;
      new DataView(frame.buffer).setUint32(4, seq);
      signatures.forEach((signature, i) => frame.set(signature, signatureAt + 64 * i));
      return frame;
    };
    const send = (to, frame) => postMessage({ type: 'send', to, bytes: frame.buffer }, [frame.buffer]);
    const signatureIn = (frame, i) => frame.subarray(signatureAt + 64 * i, signatureAt + 64 * (i + 1));
    let answered = () => undefined;
    const untilAnswered = (seq) => new Promise((resolve) => {
      answered = (which) => which === seq && resolve();
    });
    ${pattern}
    const mean = async (rounds, once) => {
      const at = performance.now();
      for (let i = 0; i < rounds; i++) await once();
      return (performance.now() - at) / rounds;
    };
    onmessage = async ({ data }) => {
      if (data.type === 'begin') {
        pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
        const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
        postMessage({ type: 'begun', value: [...new Uint8Array(raw)] });
      } else if (data.type === 'meet') {
        keys = await Promise.all(data.keys.map((key) =>
          crypto.subtle.importKey('raw', new Uint8Array(key), 'Ed25519', true, ['verify'])));
      } else if (data.type === 'frame') {
        const seq = new DataView(data.bytes).getUint32(4);
        await onFrame(data.from, new Uint8Array(data.bytes), seq);
      } else if (data.type === 'signing') {
        const signature = await sign();
        const signMs = await mean(data.rounds, sign);
        const verifyMs = await mean(data.rounds, () => verify(self, signature));
        postMessage({ type: 'signed', value: { signMs, verifyMs } });
      } else if (data.type === 'run') {
        const times = [];
        const end = performance.now() + data.ms;
        while (performance.now() < end) {
          const at = performance.now();
          const request = await sign();
          await verify(self, request);
          await decide(request);
          times.push(performance.now() - at);
        }
        postMessage({ type: 'ran', value: times });
      }
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([workerCode])));
  const { channels } = window.bare;
  const answered = <T>(type: string): Promise<T> =>
    new Promise((resolve) => {
      const listen = ({ data }: MessageEvent<{ type: string; value: T }>): void => {
        if (data.type !== type) return;
        worker.removeEventListener('message', listen);
        resolve(data.value);
      };
      worker.addEventListener('message', listen);
    });
  worker.addEventListener('message', ({ data }) => {
    if (data.type !== 'send') return;
    const frame = new Uint8Array(data.bytes);
    for (const [to, channel] of channels)
      if (data.to === null || data.to === to) channel.send(frame);
  });
  window.bare.onProtocol = (from, bytes) =>
    worker.postMessage({ type: 'frame', from, bytes }, [bytes]);
  worker.postMessage({ type: 'begin' });
  const publicKey = await answered<number[]>('begun');
  window.meetBareSigned = (keys) => worker.postMessage({ type: 'meet', keys });
  window.bareSigned = {
    publicKey,
    signing: (rounds) => {
      worker.postMessage({ type: 'signing', rounds });
      return answered('signed');
    },
    decisions: async (ms) => {
      worker.postMessage({ type: 'run', ms });
      const times = (await answered<number[]>('ran')).sort((a, b) => a - b);
      return {
        perSecond: (times.length * 1_000) / ms,
        p50: times[Math.floor(times.length / 2)] ?? 0,
      };
    },
  };
  return publicKey;
}
