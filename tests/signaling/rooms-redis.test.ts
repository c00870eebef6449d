/** One door of several processes over a real Redis, which dies, and they with it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signalPath } from '#signaling/messages.ts';
import { RedisBus } from '#signaling/redis-bus.ts';
import { noRedis, RedisProcess } from '../setup/redis.ts';
import { ServerProcess } from '../setup/server-process.ts';
import { codeIn, Tab } from './live.ts';
import { ana, arrived, ben, cy, dee, departed, error, knock, meet, suite } from './rooms-suite.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const lockedNews = { type: 'locked', locked: true };

describe.skipIf(noRedis !== '')(`over Redis${noRedis && ` (${noRedis})`}`, () => {
  let redis: RedisProcess;
  const newBus = (): RedisBus => new RedisBus({ url: redis.url, log, beatMs: 100 });
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.kill());
  suite(newBus);

  test('while Redis is away a room goes on inside each process, and is one again when it is back', async () => {
    const { one, two, anasTab, bensTab, code } = await meet(newBus);
    await redis.kill();
    expect(await anasTab.next()).toEqual(departed(ben));
    expect(await bensTab.next()).toEqual(departed(ana));
    for (const { signaling } of [one, two]) {
      expect(signaling.stats().bus).toEqual({ kind: 'redis', connected: false, others: 0 });
    }
    bensTab.send({ type: 'signal', to: ana.member.id, data: 'x' });
    expect(await bensTab.next()).toEqual(error('not-there', ana));
    const [cysTab, deesTab] = [await knock(one), await knock(two)];
    expect(await cysTab.join(code, cy)).toMatchObject({ members: [ana.member, cy.member] });
    expect(await deesTab.join(code, dee)).toMatchObject({ members: [ben.member, dee.member] });
    expect(await anasTab.next()).toEqual(arrived(cy));
    expect(await bensTab.next()).toEqual(arrived(dee));
    anasTab.send({ type: 'lock', locked: true });
    for (const tab of [anasTab, cysTab]) expect(await tab.next()).toEqual(lockedNews);
    expect(await (await knock(one)).create(dee)).toMatchObject({ type: 'joined' });

    await redis.restart();
    const news = async (tab: Tab, count: number) => {
      const heard = [];
      while (heard.length < count) heard.push(await tab.next());
      return heard;
    };
    for (const tab of [anasTab, cysTab]) {
      expect(await news(tab, 2)).toEqual([arrived(ben), arrived(dee)]);
    }
    for (const tab of [bensTab, deesTab]) {
      const all = [lockedNews, arrived(ana), arrived(cy)];
      expect(await news(tab, 3)).toEqual(expect.arrayContaining(all));
    }
    deesTab.send({ type: 'signal', to: cy.member.id, data: 'x' });
    expect(await cysTab.next()).toMatchObject({ from: dee.member.id });
  });

  test('one of two processes is killed -9: its members come back by the other', async () => {
    const settings = { SIGNALING_BUS: redis.url };
    const [one, two] = [await ServerProcess.start(settings), await ServerProcess.start(settings)];
    const knockAt = (server: ServerProcess) =>
      Tab.connect(`${server.url.replace('http', 'ws')}${signalPath}`);
    try {
      const others = async (): Promise<number> => {
        const health = (await (await fetch(`${two.url}/health`)).json()) as {
          bus: { others: number };
        };
        return health.bus.others;
      };
      while ((await others()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      const [anasTab, bensTab, cysTab] = [
        await knockAt(two),
        await knockAt(one),
        await knockAt(one),
      ];
      const code = codeIn(await anasTab.create(ana));
      await bensTab.join(code, ben);
      await cysTab.join(code, cy);
      for (const who of [ben, cy]) expect(await anasTab.next()).toEqual(arrived(who));
      await one.kill();
      await bensTab.ended();
      const again = await knockAt(two);
      const room = { code, facilitator: ana.member.id };
      expect(codeIn(await again.resume(room, ben))).toBe(code);
      expect(await anasTab.next()).toEqual(arrived(ben));
      again.send({ type: 'signal', to: ana.member.id, data: 'x' });
      expect(await anasTab.next()).toMatchObject({ from: ben.member.id });
      again.send({ type: 'signal', to: cy.member.id, data: 'x' });
      expect(await again.next()).toEqual(error('not-there', cy));
      // Who does not come back is gone when its process has been silent for three beats.
      while ((await others()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await anasTab.next()).toEqual(departed(cy));
    } finally {
      await Promise.all([one.kill(), two.kill()]);
    }
  }, 60_000);
});
