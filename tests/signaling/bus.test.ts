/** What every bus promises, over memory and over a real Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MemoryHub, type RoomBus } from '#signaling/bus.ts';
import type { Log } from '#signaling/log.ts';
import { RedisBus } from '#signaling/redis-bus.ts';
import { noRedis, RedisProcess } from '../setup/redis.ts';

/** A process on a bus, and all that it heard. */
class End {
  readonly heard: string[] = [];
  readonly reached: number[] = [];

  constructor(readonly bus: RoomBus) {
    bus.start({
      told: (bytes) => this.heard.push(`told ${bytes.toString('latin1')}`),
      lost: (process) => this.heard.push(`lost ${process ?? 'all'}`),
      found: () => this.heard.push('found'),
    });
  }

  listen(topic: string): Promise<void> {
    return new Promise((resolve) => {
      this.bus.listen(topic, (text) => this.heard.push(`${topic}: ${text}`), resolve);
    });
  }

  publish(topic: string, text: string): void {
    this.bus.publish(topic, text, (processes) => this.reached.push(processes));
  }

  texts(topic: string): string[] {
    return this.heard.filter((line) => line.startsWith(topic));
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('it does not come about');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const beatMs = 100;

let ends: End[] = [];
afterEach(async () => {
  for (const { bus } of ends) await bus.close();
  ends = [];
});

function contract(open: () => RoomBus): void {
  async function meet(count: number): Promise<End[]> {
    ends = Array.from({ length: count }, () => new End(open()));
    await until(() => ends.every(({ bus: { status } }) => status.others === count - 1));
    for (const end of ends) end.heard.length = 0;
    return ends;
  }

  test('all who listen hear the same in the same order, who published too, and how many are told', async () => {
    const all = await meet(3);
    for (const end of all) await end.listen('room/A');
    for (let i = 0; i < 200; i += 1) {
      for (const [who, end] of all.entries()) end.publish('room/A', `${who}.${i} ünï`);
    }
    await until(() => all.every(({ heard }) => heard.length === 600));
    const [first] = all as [End];
    for (const { heard } of all) expect(heard).toEqual(first.heard);
    for (const { heard } of all)
      expect(heard.filter((line) => line.startsWith('room/A: 1.'))).toEqual(
        Array.from({ length: 200 }, (_, i) => `room/A: 1.${i} ünï`),
      );
    expect(first.reached).toEqual(Array.from({ length: 200 }, () => 3));
  });

  test('what is published while something is heard comes after it for everybody', async () => {
    const [one, two] = (await meet(2)) as [End, End];
    await new Promise<void>((resolve) => {
      const answer = (text: string): void => {
        one.heard.push(`room/A: ${text}`);
        if (text === 'question') one.publish('room/A', 'answer');
      };
      one.bus.listen('room/A', answer, resolve);
    });
    await two.listen('room/A');
    one.publish('room/A', 'question');
    await until(() => [one, two].every(({ heard }) => heard.length === 2));
    for (const { heard } of [one, two])
      expect(heard).toEqual(['room/A: question', 'room/A: answer']);
  });

  test('who does not listen, or no longer, hears nothing', async () => {
    const [one, two] = (await meet(2)) as [End, End];
    await one.listen('room/A');
    await two.listen('room/A');
    two.bus.leave('room/A');
    await two.listen('room/B');
    one.publish('room/A', 'x');
    two.publish('room/B', 'y');
    await until(() => one.texts('room/A').length === 1 && two.texts('room/B').length === 1);
    expect([one.heard, two.heard]).toEqual([['room/A: x'], ['room/B: y']]);
    expect([one.reached, two.reached]).toEqual([[1], [1]]);
  });

  test('bytes for one process come to it alone, byte for byte; for one that is not there they do not', async () => {
    const [one, two, three] = (await meet(3)) as [End, End, End];
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const was: boolean[] = [];
    one.bus.tell(two.bus.process, bytes, (there) => was.push(there));
    one.bus.tell('00000000', bytes, (there) => was.push(there));
    await until(() => two.heard.length === 1 && was.length === 2);
    expect(two.heard).toEqual([`told ${bytes.toString('latin1')}`]);
    expect(was).toEqual([true, false]);
    expect([one.heard, three.heard]).toEqual([[], []]);
  });

  test('who goes says so', async () => {
    const [one, two] = (await meet(2)) as [End, End];
    await two.bus.close();
    await until(() => one.heard.includes(`lost ${two.bus.process}`));
    expect(one.bus.status.others).toBe(0);
  });
}

describe('in memory', () => {
  let hub = new MemoryHub();
  afterEach(() => (hub = new MemoryHub()));
  contract(() => hub.bus());
});

describe.skipIf(noRedis !== '')(`over Redis${noRedis && ` (${noRedis})`}`, () => {
  let redis: RedisProcess;
  const open = (log = quiet): RedisBus => new RedisBus({ url: redis.url, log, beatMs });
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.kill());
  contract(open);

  test.each([
    ['is killed', () => redis.kill(), () => redis.restart()],
    ['hangs', async () => redis.hang(true), async () => redis.hang(false)],
  ])(
    'when Redis %s, each goes on alone, and finds the other when it is back',
    async (_what, away, back) => {
      const said: string[] = [];
      ends = [
        new End(open({ ...quiet, warn: (sentence) => said.push(sentence) })),
        new End(open()),
      ];
      const [one, two] = ends as [End, End];
      await until(() => ends.every(({ bus: { status } }) => status.others === 1));
      for (const end of ends) await end.listen('room/A');
      await away();
      one.publish('room/A', 'under way');
      await until(() => !one.bus.status.connected && !two.bus.status.connected);
      one.publish('room/A', 'alone');
      // Exactly once, whether or not Redis had taken it.
      expect(one.texts('room/A')).toEqual(['room/A: under way', 'room/A: alone']);
      expect(one.heard).toContain('lost all');
      expect(one.bus.status).toEqual({ kind: 'redis', connected: false, others: 0 });
      one.heard.length = 0;
      await back();
      await until(() => ends.every(({ bus: { status } }) => status.others === 1));
      expect(one.heard).toEqual(['found']);
      two.publish('room/A', 'together');
      await until(() => one.texts('room/A').length === 1);
      expect(said).toEqual([
        'The bus is there: rooms are shared with other processes.',
        expect.stringMatching(/^The bus is away \(.+\): rooms go on inside this process alone.$/),
        'The bus is there: rooms are shared with other processes.',
      ]);
    },
  );
});
