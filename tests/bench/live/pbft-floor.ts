/**
 * What the platform alone takes for one decision of PBFT, in the very tabs that run the room: the same frames between
 * the same workers, the same strict writes before them and the same Ed25519 signatures, and no protocol. It travels on
 * the bare channels of floor.ts. These functions run inside the pages, so each must be whole by itself.
 */
import type { Page } from '@playwright/test';
import type { BareCommits } from './floor.ts';

export interface Signing {
  /** Mean of one signature and of one verification in the worker, ms. */
  readonly signMs: number;
  readonly verifyMs: number;
}

export interface BarePbft {
  readonly publicKey: readonly number[];
  signing(rounds: number): Promise<Signing>;
  /** Decisions one after the other for `ms`, proposed by this tab. */
  decisions(ms: number): Promise<BareCommits>;
}

declare global {
  interface Window {
    barePbft: BarePbft;
    /** All tabs know each other's keys. */
    meetBarePbft: (keys: readonly (readonly number[])[]) => void;
  }
}

/** Makes the replicas of the bare pattern, one in each of `pages`, which `connect` has joined. */
export async function connectPbft(pages: readonly Page[]): Promise<void> {
  const keys = [];
  for (const [self, page] of pages.entries()) {
    keys.push(await page.evaluate(installPbft, { self, n: pages.length }));
  }
  for (const page of pages) await page.evaluate((all) => window.meetBarePbft(all), keys);
}

/* eslint max-lines-per-function: off -- a function that runs in a page must bring all that it needs. */
async function installPbft({ self, n }: { self: number; n: number }): Promise<readonly number[]> {
  const workerCode = `
    const [self, n] = [${self}, ${n}];
    const f = Math.floor((n - 1) / 3);
    const quorum = Math.ceil((n + f + 1) / 2);
    const phases = { propose: 0, prepare: 1, commit: 2, reply: 3 };
    const frameBytes = 420, statementBytes = 240, signatureAt = 16, requestSignatureAt = 80;
    const opened = new Promise((resolve) => {
      const request = indexedDB.open('bare-pbft-' + Math.random());
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
    const slots = new Map();
    const slotOf = (seq) => {
      if (!slots.has(seq)) {
        slots.set(seq, { proposed: false, prepared: false, decided: false, primary: -1,
          prepares: new Set(), commits: new Set(), replies: new Set() });
      }
      slots.delete(seq - 64);
      return slots.get(seq);
    };
    const frameOf = (phase, seq, ...signatures) => {
      const frame = new Uint8Array(frameBytes);
      frame[0] = 7;
      frame[1] = phase;
      new DataView(frame.buffer).setUint32(4, seq);
      signatures.forEach((signature, i) => frame.set(signature, signatureAt + 64 * i));
      return frame;
    };
    const send = (to, frame) => postMessage({ type: 'send', to, bytes: frame.buffer }, [frame.buffer]);
    let answered = () => undefined;
    const say = async (phase, seq, tally) => {
      await write();
      const signature = await sign();
      send(null, frameOf(phase, seq, signature));
      tally.add(self);
      await advance(seq);
    };
    const advance = async (seq) => {
      const slot = slotOf(seq);
      if (slot.proposed && !slot.prepared && slot.prepares.size >= quorum - 1) {
        slot.prepared = true;
        await say(phases.commit, seq, slot.commits);
      }
      if (slot.prepared && !slot.decided && slot.commits.size >= quorum) {
        slot.decided = true;
        if (slot.primary === self) slot.replies.add(self);
        else send(slot.primary, frameOf(phases.reply, seq));
      }
      if (slot.replies.size > f && slot.decided) answered(seq);
    };
    const onFrame = async (from, bytes) => {
      const frame = new Uint8Array(bytes);
      const seq = new DataView(bytes).getUint32(4);
      const slot = slotOf(seq);
      const signature = frame.subarray(signatureAt, signatureAt + 64);
      switch (frame[1]) {
        case phases.propose:
          await Promise.all([
            verify(from, signature),
            verify(from, frame.subarray(requestSignatureAt, requestSignatureAt + 64)),
          ]);
          Object.assign(slot, { proposed: true, primary: from });
          return say(phases.prepare, seq, slot.prepares);
        case phases.prepare:
          await verify(from, signature);
          slot.prepares.add(from);
          return advance(seq);
        case phases.commit:
          await verify(from, signature);
          slot.commits.add(from);
          return advance(seq);
        case phases.reply:
          slot.replies.add(from);
          return advance(seq);
      }
    };
    let last = 0;
    const decide = async () => {
      const seq = ++last;
      const done = new Promise((resolve) => {
        answered = (which) => which === seq && resolve();
      });
      const request = await sign();
      await verify(self, request);
      await write();
      Object.assign(slotOf(seq), { proposed: true, primary: self });
      send(null, frameOf(phases.propose, seq, await sign(), request));
      await advance(seq);
      await done;
    };
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
        await onFrame(data.from, data.bytes);
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
          await decide();
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
  window.meetBarePbft = (keys) => worker.postMessage({ type: 'meet', keys });
  window.barePbft = {
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
