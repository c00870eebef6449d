/**
 * What the platform alone costs, in the very tabs that run the room: bare data channels, bare IndexedDB, bare workers,
 * in the message pattern of one Raft commit and with no protocol. These functions run inside the pages, so each must
 * be whole by itself; `window.bare` is what they share.
 */
import type { Page } from '@playwright/test';

export interface Bare {
  /** One per peer, by its number. */
  readonly channels: Map<number, RTCDataChannel>;
  readonly worker: Worker;
  /** Median of `rounds` round trips to peer `to`, ms. */
  roundTrip(to: number, rounds: number): Promise<number>;
  /** Median strict write of a record of a log entry's size, ms. */
  write(rounds: number): Promise<number>;
  /** Median one-way message between page and worker, ms. */
  hop(rounds: number): Promise<number>;
  /** Commits one after the other for `ms`: medians in ms and the rate. */
  commits(options: {
    ms: number;
    acks: number;
    through: 'pages' | 'workers';
  }): Promise<BareCommits>;
}
export interface BareCommits {
  readonly p50: number;
  readonly perSecond: number;
}

/** Bytes of a frame with one AppendEntries, and of one acknowledgement. */
export const frameBytes = 420;

declare global {
  interface Window {
    bare: Bare;
    barePeers: Map<number, RTCPeerConnection>;
  }
}

/** Joins every pair of `pages` by a channel of its own; descriptions travel through this process. */
export async function connect(pages: readonly Page[]): Promise<void> {
  for (const page of pages) await page.evaluate(install, frameBytes);
  for (const [a, dialling] of pages.entries()) {
    for (const [b, answering] of pages.entries()) {
      if (b <= a) continue;
      const offer = await dialling.evaluate(describe, { peer: b, remote: '' });
      const answer = await answering.evaluate(describe, { peer: a, remote: offer });
      await dialling.evaluate(accept, { peer: b, remote: answer });
    }
  }
}

async function describe({ peer, remote }: { peer: number; remote: string }): Promise<string> {
  const connection = new RTCPeerConnection();
  window.barePeers.set(peer, connection);
  const channel = connection.createDataChannel('bare', { negotiated: true, id: 0 });
  channel.binaryType = 'arraybuffer';
  window.bare.channels.set(peer, channel);
  if (remote) await connection.setRemoteDescription(JSON.parse(remote));
  const own = remote ? await connection.createAnswer() : await connection.createOffer();
  await connection.setLocalDescription(own);
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (connection.iceGatheringState === 'complete') resolve();
    };
    connection.onicegatheringstatechange = check;
    check();
  });
  return JSON.stringify(connection.localDescription);
}

async function accept({ peer, remote }: { peer: number; remote: string }): Promise<void> {
  const channel = window.bare.channels.get(peer) as RTCDataChannel;
  await window.barePeers.get(peer)?.setRemoteDescription(JSON.parse(remote));
  if (channel.readyState === 'open') return;
  await new Promise<void>((resolve) => (channel.onopen = () => resolve()));
}

/* eslint max-lines-per-function: off -- a function that runs in a page must bring all that it needs. */
function install(bytes: number): void {
  const workerCode = `
    let db;
    const opened = new Promise((resolve) => {
      const request = indexedDB.open('bare-' + Math.random());
      request.onupgradeneeded = () => request.result.createObjectStore('journal');
      request.onsuccess = () => { db = request.result; resolve(); };
    });
    let n = 0;
    const write = (done) => {
      const transaction = db.transaction('journal', 'readwrite', { durability: 'strict' });
      transaction.objectStore('journal').add({ body: 'x'.repeat(${bytes}) }, n++);
      transaction.commit();
      transaction.oncomplete = done;
    };
    let acks = 0, needed = 0, commit = null;
    const count = () => { if (++acks === needed) commit(); };
    onmessage = async ({ data }) => {
      await opened;
      if (data.type === 'echo') postMessage(data);
      else if (data.type === 'write') write(() => postMessage({ type: 'written' }));
      else if (data.type === 'append') write(() => {
        const reply = new Uint8Array(${bytes}).buffer;
        postMessage({ type: 'ack', from: data.from, bytes: reply }, [reply]);
      });
      else if (data.type === 'ack') count();
      else if (data.type === 'run') {
        const times = [];
        const end = performance.now() + data.ms;
        while (performance.now() < end) {
          const at = performance.now();
          acks = 0;
          needed = data.acks + 1;
          const done = new Promise((resolve) => { commit = resolve; });
          const append = new Uint8Array(${bytes}).buffer;
          postMessage({ type: 'send', bytes: append }, [append]);
          write(count);
          await done;
          times.push(performance.now() - at);
        }
        postMessage({ type: 'ran', times });
      }
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([workerCode])));
  const channels = new Map<number, RTCDataChannel>();
  window.barePeers = new Map();
  const median = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const answered = (type: string): Promise<{ times: number[] }> =>
    new Promise((resolve) => {
      const listen = ({ data }: MessageEvent<{ type: string; times: number[] }>): void => {
        if (data.type !== type) return;
        worker.removeEventListener('message', listen);
        resolve(data);
      };
      worker.addEventListener('message', listen);
    });
  const times = async (rounds: number, once: () => Promise<unknown>): Promise<number[]> => {
    const all: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const at = performance.now();
      await once();
      all.push(performance.now() - at);
    }
    return all;
  };
  // What a follower does with a frame: 0 echo, 1 write then acknowledge, 2 the same in its worker. 9 is an answer.
  let onAnswer: (bytes: ArrayBuffer) => void = () => undefined;
  const reply = (to: number): void => {
    const frame = new Uint8Array(bytes);
    frame[0] = 9;
    channels.get(to)?.send(frame);
  };
  const write = (): Promise<unknown> => {
    worker.postMessage({ type: 'write' });
    return answered('written');
  };
  worker.addEventListener('message', ({ data }) => {
    if (data.type === 'ack') reply(data.from);
    if (data.type !== 'send') return;
    const frame = new Uint8Array(data.bytes);
    frame[0] = 2;
    for (const channel of channels.values()) channel.send(frame);
  });
  const listen = (from: number, channel: RTCDataChannel): void => {
    channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const [kind] = new Uint8Array(data, 0, 1);
      if (kind === 9) onAnswer(data);
      else if (kind === 0) reply(from);
      else if (kind === 1) void pageWrite().then(() => reply(from));
      else worker.postMessage({ type: 'append', from, bytes: data }, [data]);
    };
  };
  let pageDb: IDBDatabase | null = null;
  const request = indexedDB.open('bare-page-' + Math.random());
  request.onupgradeneeded = () => request.result.createObjectStore('journal');
  request.onsuccess = () => (pageDb = request.result);
  let n = 0;
  const pageWrite = (): Promise<void> =>
    new Promise((resolve) => {
      const options = { durability: 'strict' } as const;
      const transaction = (pageDb as IDBDatabase).transaction('journal', 'readwrite', options);
      transaction.objectStore('journal').add({ body: 'x'.repeat(bytes) }, n++);
      transaction.commit();
      transaction.oncomplete = () => resolve();
    });
  const set = channels.set.bind(channels);
  channels.set = (peer, channel) => {
    listen(peer, channel);
    return set(peer, channel);
  };
  const rate = (all: number[], ms: number): BareCommits => ({
    perSecond: (all.length * 1_000) / ms,
    p50: median(all),
  });
  window.bare = {
    channels,
    worker,
    roundTrip: async (to, rounds) =>
      median(
        await times(rounds, () => {
          const answer = new Promise<void>((resolve) => (onAnswer = () => resolve()));
          channels.get(to)?.send(new Uint8Array(bytes));
          return answer;
        }),
      ),
    write: async (rounds) => median(await times(rounds, write)),
    hop: async (rounds) =>
      median(
        await times(rounds, () => {
          worker.postMessage({ type: 'echo', bytes: new Uint8Array(bytes) });
          return answered('echo');
        }),
      ) / 2,
    commits: async ({ ms, acks, through }) => {
      if (through === 'workers') {
        onAnswer = (data) => worker.postMessage({ type: 'ack', bytes: data }, [data]);
        worker.postMessage({ type: 'run', ms, acks });
        return rate((await answered('ran')).times, ms);
      }
      const all: number[] = [];
      const end = performance.now() + ms;
      const frame = new Uint8Array(bytes);
      frame[0] = 1;
      while (performance.now() < end) {
        const at = performance.now();
        let got = 0;
        await new Promise<void>((resolve) => {
          const count = (): void => {
            if (++got === acks + 1) resolve();
          };
          onAnswer = count;
          for (const channel of channels.values()) channel.send(frame);
          void pageWrite().then(count);
        });
        all.push(performance.now() - at);
      }
      return rate(all, ms);
    },
  };
}
