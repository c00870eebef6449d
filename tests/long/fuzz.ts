/**
 * Both doors under what nobody honest sends: 100,000 malformed messages at the signaling server while honest members of
 * its rooms talk, and a million hostile frames into running hosts of three protocols.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { doorCloses, doorLimits, signalPath } from '#signaling/messages.ts';
import { guestLimits } from '#signaling/guests.ts';
import { Random } from '#lib/simulator/random.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { attackHosts, framesPerProgress } from '../host/hostile-frames.ts';
import { identity } from '../signaling/identity.ts';
import { codeIn, Tab } from '../signaling/live.ts';
import { ServerProcess } from '../setup/server-process.ts';
import type { LongOptions } from './main.ts';
import { memoryOf, type Report } from './report.ts';

const messagesCount = 100_000;
const framesCount = 1_000_000;
const attackersCount = 8;
/** Of each attacker: a server takes so many connections from one address. */
const connectionsPerAddress = 200;
const protocols: readonly ProtocolName[] = ['raft', 'pbft', 'hotstuff'];
/** Of the memory after a tenth of the messages, when what is kept has filled. */
const growthMax = 1.3;

export async function fuzz(options: LongOptions, report: Report): Promise<void> {
  await fuzzDoor(options, report);
  for (const protocol of protocols) fuzzHosts(protocol, options, report);
}

async function fuzzDoor({ seed }: LongOptions, report: Report): Promise<void> {
  const server = await ServerProcess.start();
  const url = `${server.url.replace('http', 'ws')}${signalPath}`;
  try {
    const honest = await Honest.open(url);
    const talking = honest.talk();
    const counts = { sent: 0, hungUp: 0, wrong: [] as string[] };
    const memory: number[] = [await memoryOf(server.pid)];
    const attackers = Array.from({ length: attackersCount }, (_, i) =>
      attack(url, new Random(seed, `door/${i}`), { number: i, counts }),
    );
    const tenths = watchTenths(counts, async () => {
      memory.push(await memoryOf(server.pid));
      report.progress(`${counts.sent} malformed messages, ${memory.at(-1)?.toFixed(0)} MiB`);
    });
    await Promise.all([...attackers, tenths]);
    honest.stop();
    await talking;
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const refused = Number(/messages_total\{type="malformed"\} (\d+)/.exec(metrics)?.[1] ?? 0);
    report.figure('memory of the server', `${memory.map((mib) => mib.toFixed(0)).join(', ')} MiB`);
    report.figure('connections hung up on', counts.hungUp);
    report.verdict({
      title: 'each malformed message is refused, by the sentence or the end of its connection',
      looked: refused,
      problems: [
        ...counts.wrong,
        ...(refused < counts.sent ? [`${refused} of ${counts.sent}`] : []),
      ],
    });
    report.verdict({
      title: 'no message of an honest member is lost',
      looked: honest.heard,
      problems: honest.heard === honest.said ? [] : [`${honest.said - honest.heard} are`],
    });
    const [, tenth = 0] = memory;
    const grown = memory.slice(2).filter((mib) => mib > tenth * growthMax);
    report.verdict({
      title: `memory stays within ${growthMax} times that after a tenth`,
      looked: memory.length,
      problems: grown.map((mib) => `${mib.toFixed(0)} MiB after ${tenth.toFixed(0)}`),
    });
  } finally {
    await server.kill();
  }
}

/** Calls `look` each time a tenth more has been sent, until all has. */
async function watchTenths(counts: { sent: number }, look: () => Promise<void>): Promise<void> {
  for (let tenth = 1; tenth <= 10; tenth += 1) {
    while (counts.sent < (messagesCount * tenth) / 10) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await look();
  }
}

/** Two members of one room, of whom each answers the other for as long as it goes on. */
class Honest {
  said = 0;
  heard = 0;
  #going = true;

  private constructor(
    private readonly tabs: readonly [Tab, Tab],
    private readonly ids: readonly [string, string],
  ) {}

  static async open(url: string): Promise<Honest> {
    const [ana, ben] = [identity('Ana'), identity('Ben')];
    const [one, two] = [await Tab.connect(url), await Tab.connect(url)];
    await two.join(codeIn(await one.create(ana)), ben);
    await one.next();
    return new Honest([one, two], [ana.member.id, ben.member.id]);
  }

  stop(): void {
    this.#going = false;
  }

  async talk(): Promise<void> {
    while (this.#going) {
      for (const [from, to] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const data = `message ${this.said++}`;
        this.tabs[from].send({ type: 'signal', to: this.ids[to], data });
        const heard = await this.tabs[to].next();
        if (heard.type === 'signal' && heard.data === data) this.heard++;
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

interface Attacker {
  readonly number: number;
  readonly counts: { sent: number; hungUp: number; readonly wrong: string[] };
}

/** Connects, says what makes no sense until it is hung up on, and connects again. */
async function attack(url: string, random: Random, { number, counts }: Attacker): Promise<void> {
  for (let connection = 0; counts.sent < messagesCount; connection += 1) {
    const address = number * 250 + Math.floor(connection / connectionsPerAddress);
    const localAddress = `127.0.${2 + Math.floor(address / 250)}.${1 + (address % 250)}`;
    const tab = await Tab.connect(url, { localAddress });
    if (tab.nonce === '') {
      counts.wrong.push('a connection was refused that was to be taken');
      return;
    }
    for (let i = 0; i < guestLimits.badMessagesMax; i += 1) {
      counts.sent++;
      tab.socket.send(malformed(random));
    }
    const code = await tab.ended();
    if (code === doorCloses.misbehaved) counts.hungUp++;
    else counts.wrong.push(`a connection ended with ${code}`);
  }
}

const bad = (member: object): string =>
  JSON.stringify({ type: 'create', member, proof: '00'.repeat(64) });
const member = identity('Mallory').member;

/** No message of ours, however close. */
function malformed(random: Random): string | Buffer {
  const noise = (bytes: number): Buffer =>
    Buffer.from(Array.from({ length: bytes }, () => random.next() & 0xff));
  switch (random.between(0, 8)) {
    case 0:
      return noise(random.between(0, 300));
    case 1:
      return noise(random.between(1, 300)).toString('latin1');
    case 2:
      return '['.repeat(random.between(1, 20_000));
    case 3:
      return bad({ ...member, name: String.fromCharCode(random.between(0, 31)) });
    case 4:
      return bad({ ...member, id: random.next() });
    case 5:
      return JSON.stringify({
        type: 'signal',
        to: member.id,
        data: 'x'.repeat(doorLimits.signalCharactersMax + 1),
      });
    case 6:
      return `{"type":"lock","locked":true,"__proto__":{"x":${random.next()}}}`;
    case 7: {
      const text = bad(member);
      return text.slice(0, random.between(0, text.length - 1));
    }
    default:
      return JSON.stringify({ type: random.pick(['constructor', 'toString', '', 'joined']) });
  }
}

/** Bytes in use after everything that can go has gone, MiB. */
function heapMiB(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1_048_576;
}

function fuzzHosts(protocol: ProtocolName, { runs, seed }: LongOptions, report: Report): void {
  const frames = Math.ceil((runs ?? framesCount) / protocols.length);
  const heap: number[] = [];
  const outcome = attackHosts({
    protocol,
    frames,
    seed,
    progress: (sent) => {
      if (sent % Math.ceil(frames / 10) >= framesPerProgress) return;
      heap.push(heapMiB());
      report.progress(`${protocol}: ${sent} frames, ${heap.at(-1)?.toFixed(0)} MiB in use`);
    },
  });
  const { malformed: unframed, undecoded, handed, asked, unanswered, wrong } = outcome;
  report.figure(
    protocol,
    `${outcome.frames} frames: ${unframed} no frame, ${undecoded} no message, ${handed} handed to the host; ` +
      `memory of the whole simulation ${heap.map((mib) => mib.toFixed(0)).join(', ')} MiB`,
  );
  report.verdict({
    title: `hosts of ${protocol} throw nothing and violate nothing`,
    looked: outcome.frames,
    problems: wrong === null ? [] : [wrong],
  });
  report.verdict({
    title: `clients of ${protocol} are answered`,
    looked: asked,
    problems: unanswered === 0 ? [] : [`${unanswered} of ${asked} are not`],
  });
}
