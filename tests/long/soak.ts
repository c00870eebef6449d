/**
 * A door that a thousand rooms use at once: each with eight scripted members that introduce themselves to each other and
 * relay a little, come and go for some rounds. Everything arrives, and the server's memory stays where it was.
 */
import { signalPath, type ToTab } from '#signaling/messages.ts';
import { identity, type Identity } from '../signaling/identity.ts';
import { codeIn, Tab } from '../signaling/live.ts';
import { ServerProcess } from '../setup/server-process.ts';
import type { LongOptions } from './main.ts';
import { memoryOf, spread, type Report } from './report.ts';

const roomsCount = 1_000;
const membersCount = 8;
/** Rooms that come in at the same time. */
const atOnce = 40;
/** As long as a description of a session. */
const signal = 'x'.repeat(3_000);
const relayed = Buffer.alloc(1_000, 7);
/** A server lets so many come from one address that this machine must have several. */
const roomsPerAddress = 25;
/** Of the memory of the second round; the first one fills what is kept. */
const growthMax = 1.3;

interface Member {
  readonly tab: Tab;
  readonly who: Identity;
}

class Rooms {
  readonly entries: number[] = [];
  messages = 0;

  constructor(
    private readonly url: string,
    private readonly identities: readonly Identity[],
  ) {}

  /** All rooms, each with its members, after each has heard from each. */
  async fill(): Promise<Member[][]> {
    const rooms: Member[][] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < roomsCount) rooms.push(await this.#open(next++));
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return rooms;
  }

  async #open(number: number): Promise<Member[]> {
    const localAddress = `127.0.1.${1 + Math.floor(number / roomsPerAddress)}`;
    const members: Member[] = [];
    let code = '';
    for (const who of this.identities) {
      const startedAt = performance.now();
      const tab = await Tab.connect(this.url, { localAddress });
      const answer = members.length === 0 ? await tab.create(who) : await tab.join(code, who);
      code = codeIn(answer);
      this.entries.push(performance.now() - startedAt);
      members.push({ tab, who });
    }
    await this.#talk(members);
    return members;
  }

  async #talk(members: readonly Member[]): Promise<void> {
    for (const { tab, who } of members) {
      for (const other of members) {
        if (other.who === who) continue;
        tab.send({ type: 'signal', to: other.who.member.id, data: signal });
        tab.socket.send(Buffer.concat([Buffer.from(other.who.member.id, 'hex'), relayed]));
      }
    }
    for (const [i, { tab }] of members.entries()) {
      const others = membersCount - 1;
      // Who came later arrived, and everybody else sent a signal; bytes that are relayed are counted apart.
      const expected = others - i + others;
      const heard: ToTab[] = [];
      while (heard.length < expected) heard.push(await tab.next());
      const wrong = heard.find(({ type }) => type !== 'arrived' && type !== 'signal');
      if (wrong) throw new Error(`a member heard ${JSON.stringify(wrong).slice(0, 200)}`);
      await tab.relayed(others);
      this.messages += expected + others;
    }
  }
}

export async function soak({ runs }: LongOptions, report: Report): Promise<void> {
  const rounds = runs ?? 4;
  const server = await ServerProcess.start();
  const identities = Array.from({ length: membersCount }, (_, i) => identity(`member ${i}`));
  const memory: number[] = [];
  const rooms = new Rooms(`${server.url.replace('http', 'ws')}${signalPath}`, identities);
  try {
    const idle = await memoryOf(server.pid);
    while (memory.length < rounds) {
      const open = await rooms.fill();
      memory.push(await memoryOf(server.pid));
      const full = memory.at(-1)?.toFixed(0);
      report.progress(`${memory.length}/${rounds}: ${roomsCount} rooms open, ${full} MiB`);
      // Half of them say so, and the others are gone as a phone is that lost its network.
      for (const [i, { tab }] of open.flat().entries()) {
        if (i % 2 === 0) tab.send({ type: 'leave' });
        tab.socket.terminate();
      }
      const health = async () => (await fetch(`${server.url}/health`)).json();
      while (((await health()) as { connections: number }).connections > 0) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    report.figure(
      'memory of the server',
      `${idle.toFixed(0)} MiB idle, ${memory.map((mib) => mib.toFixed(0)).join(', ')} MiB with all rooms open`,
    );
  } finally {
    await server.kill();
  }
  report.figure('configuration', `${rounds} rounds of ${roomsCount} rooms of ${membersCount}`);
  report.figure('from the socket to being in', spread(rooms.entries));
  const expected = rounds * roomsCount * membersCount;
  const missing = expected - rooms.entries.length;
  report.verdict({
    title: 'everybody came in and heard everybody',
    looked: rooms.messages,
    problems: missing === 0 ? [] : [`${missing} did not`],
  });
  const [, second = 0] = memory;
  const grown = memory.slice(2).filter((mib) => mib > second * growthMax);
  report.verdict({
    title: `memory stays within ${growthMax} times that of the second round`,
    looked: memory.length - 2,
    problems: grown.map((mib) => `${mib.toFixed(0)} MiB after ${second.toFixed(0)}`),
  });
}
