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
  /** Takes frames of another pattern that travels on the same channels. */
  onProtocol: (from: number, bytes: ArrayBuffer) => void;
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
  const kinds = { echo: 0, appendToPage: 1, appendToWorker: 2, protocol: 7, answer: 9 };
  const frameOf = (kind: number, seq = 0): Uint8Array<ArrayBuffer> => {
    const frame = new Uint8Array(bytes);
    frame[0] = kind;
    new DataView(frame.buffer).setUint32(1, seq);
    return frame;
  };
  // Group commit, as in a replica: what comes while the disk works is on the next write together.
  const groupCommit = (write: (done: () => void) => void, done: (seq: number) => void) => {
    let last = 0;
    let busy = false;
    const go = (): void => {
      busy = true;
      const covers = last;
      write(() => {
        done(covers);
        if (last > covers) go();
        else busy = false;
      });
    };
    return (seq: number): void => {
      last = seq;
      if (!busy) go();
    };
  };
  // Who has acknowledged how much. An answer to an earlier append does not count for a later one.
  const tally = () => {
    const held = new Map<number, number>();
    let waiting: { seq: number; needed: number; resolve: () => void } | null = null;
    const check = (): void => {
      if (!waiting) return;
      let count = 0;
      for (const seq of held.values()) if (seq >= waiting.seq) count++;
      if (count >= waiting.needed) waiting.resolve();
    };
    return {
      acknowledge: (who: number, seq: number): void => {
        held.set(who, Math.max(seq, held.get(who) ?? 0));
        check();
      },
      reached: (seq: number, needed: number): Promise<void> =>
        new Promise((resolve) => {
          waiting = { seq, needed, resolve };
          check();
        }),
    };
  };
  const openJournal = (): Promise<(done: () => void) => void> =>
    new Promise((resolve) => {
      const request = indexedDB.open(`bare-${Math.random()}`);
      request.onupgradeneeded = () => request.result.createObjectStore('journal');
      let n = 0;
      request.onsuccess = () =>
        resolve((done) => {
          const options = { durability: 'strict' } as const;
          const transaction = request.result.transaction('journal', 'readwrite', options);
          transaction.objectStore('journal').add({ body: 'x'.repeat(bytes) }, n++);
          transaction.commit();
          transaction.oncomplete = done;
        });
    });
  const own = -1;
  // One command at a time: appends leave, the own disk works meanwhile, a majority makes the commit. At the end all
  // that is still on its way is waited for, or it would disturb what is measured next.
  const commitsFor = async (
    { ms, acks, peers }: { ms: number; acks: number; peers: number },
    counted: ReturnType<typeof tally>,
    { first, append }: { first: number; append: (seq: number) => void },
  ): Promise<{ times: number[]; last: number }> => {
    const times: number[] = [];
    const end = performance.now() + ms;
    let seq = first;
    while (performance.now() < end) {
      const at = performance.now();
      append(++seq);
      await counted.reached(seq, acks + 1);
      times.push(performance.now() - at);
    }
    await counted.reached(seq, peers + 1);
    return { times, last: seq };
  };

  const workerCode = `
    const bytes = ${bytes}, own = ${own};
    const __name = (f) => f;
    const groupCommit = ${groupCommit.toString()};
    const tally = ${tally.toString()};
    const commitsFor = ${commitsFor.toString()};
    const opened = (${openJournal.toString()})();
    const followed = new Map();
    const counted = tally();
    let last = 0;
    onmessage = async ({ data }) => {
      const write = await opened;
      if (data.type === 'echo') postMessage(data);
      else if (data.type === 'write') write(() => postMessage({ type: 'written' }));
      else if (data.type === 'append') {
        const { from } = data;
        const acknowledge = (seq) => {
          const { buffer } = new Uint8Array(bytes);
          postMessage({ type: 'ack', from, seq, bytes: buffer }, [buffer]);
        };
        if (!followed.has(from)) followed.set(from, groupCommit(write, acknowledge));
        followed.get(from)(data.seq);
      }
      else if (data.type === 'ack') counted.acknowledge(data.from, data.seq);
      else if (data.type === 'run') {
        const disk = groupCommit(write, (seq) => counted.acknowledge(own, seq));
        const append = (seq) => {
          const { buffer } = new Uint8Array(bytes);
          postMessage({ type: 'send', seq, bytes: buffer }, [buffer]);
          disk(seq);
        };
        const ran = await commitsFor(data, counted, { first: last, append });
        last = ran.last;
        postMessage({ type: 'ran', times: ran.times });
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
  const medianOf = async (rounds: number, once: () => Promise<unknown>): Promise<number> => {
    const all: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const at = performance.now();
      await once();
      all.push(performance.now() - at);
    }
    return median(all);
  };
  const send = (to: number, frame: Uint8Array<ArrayBuffer>): void => channels.get(to)?.send(frame);
  const sendAll = (frame: Uint8Array<ArrayBuffer>): void => {
    for (const to of channels.keys()) send(to, frame);
  };
  worker.addEventListener('message', ({ data }) => {
    if (data.type === 'ack') send(data.from, frameOf(kinds.answer, data.seq));
    if (data.type === 'send') sendAll(frameOf(kinds.appendToWorker, data.seq));
  });
  const journal = openJournal();
  const followed = new Map<number, (seq: number) => void>();
  let onAnswer: (from: number, seq: number, bytes: ArrayBuffer) => void = () => undefined;
  const receive = async (from: number, data: ArrayBuffer): Promise<void> => {
    const view = new DataView(data);
    const kind = view.getUint8(0);
    const seq = view.getUint32(1);
    if (kind === kinds.answer) return onAnswer(from, seq, data);
    if (kind === kinds.protocol) return window.bare.onProtocol(from, data);
    if (kind === kinds.echo) return send(from, frameOf(kinds.answer));
    if (kind === kinds.appendToWorker) {
      return worker.postMessage({ type: 'append', from, seq, bytes: data }, [data]);
    }
    const write = await journal;
    const acknowledge = (covers: number): void => send(from, frameOf(kinds.answer, covers));
    if (!followed.has(from)) followed.set(from, groupCommit(write, acknowledge));
    followed.get(from)?.(seq);
  };
  const set = channels.set.bind(channels);
  channels.set = (peer, channel) => {
    channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => void receive(peer, data);
    return set(peer, channel);
  };
  const rate = (all: number[], ms: number): BareCommits => ({
    perSecond: (all.length * 1_000) / ms,
    p50: median(all),
  });
  const counted = tally();
  let last = 0;
  window.bare = {
    channels,
    worker,
    onProtocol: () => undefined,
    roundTrip: (to, rounds) =>
      medianOf(rounds, () => {
        const answer = new Promise<void>((resolve) => (onAnswer = () => resolve()));
        send(to, frameOf(kinds.echo));
        return answer;
      }),
    write: (rounds) =>
      medianOf(rounds, () => {
        worker.postMessage({ type: 'write' });
        return answered('written');
      }),
    hop: async (rounds) =>
      (await medianOf(rounds, () => {
        worker.postMessage({ type: 'echo', bytes: new Uint8Array(bytes) });
        return answered('echo');
      })) / 2,
    commits: async ({ ms, acks, through }) => {
      const options = { ms, acks, peers: channels.size };
      if (through === 'workers') {
        onAnswer = (from, seq, data) =>
          worker.postMessage({ type: 'ack', from, seq, bytes: data }, [data]);
        worker.postMessage({ type: 'run', ...options });
        return rate((await answered('ran')).times, ms);
      }
      onAnswer = counted.acknowledge;
      const disk = groupCommit(await journal, (seq) => counted.acknowledge(own, seq));
      const append = (seq: number): void => {
        sendAll(frameOf(kinds.appendToPage, seq));
        disk(seq);
      };
      const ran = await commitsFor(options, counted, { first: last, append });
      ({ last } = ran);
      return rate(ran.times, ms);
    },
  };
}
