/** One door of several processes: members of one room at each of them. */
import { afterEach, describe, expect, test } from 'vitest';
import { MemoryHub } from '#signaling/bus.ts';
import { codeIn } from './live.ts';
import { ana, arrived, ben, cy, departed, error, knock, open, suite } from './rooms-suite.ts';

describe('over memory', () => {
  let hub = new MemoryHub();
  afterEach(() => (hub = new MemoryHub()));
  suite(() => hub.bus());

  test('a full server refuses rooms that are busy elsewhere too, and gives up one that is empty', async () => {
    const door = await open(hub.bus(), 1);
    const [one, two] = [await knock(door), await knock(door)];
    await one.create(ana);
    expect(await two.create(ben)).toEqual(error('server-full'));
    const room = { code: '765432', facilitator: ben.member.id };
    expect(await two.resume(room, ben)).toEqual(error('server-full'));
    one.send({ type: 'leave' });
    expect(codeIn(await two.resume(room, ben))).toBe(room.code);
    expect(door.signaling.stats().rooms).toBe(1);
  });

  test('a process that comes later learns of a room from who has it', async () => {
    const [one, two] = [await open(hub.bus()), await open(hub.bus())];
    const anasTab = await knock(one);
    const code = codeIn(await anasTab.create(ana));
    const gone = await knock(one);
    await gone.join(code, cy);
    gone.socket.terminate();
    for (const news of [arrived(cy), departed(cy)]) expect(await anasTab.next()).toEqual(news);
    anasTab.send({ type: 'lock', locked: true });
    await anasTab.next();
    expect(await (await knock(two)).join(code, ben)).toEqual(error('room-locked'));
    // It knows who was in.
    expect(await (await knock(two)).join(code, cy)).toMatchObject({
      members: [ana.member, cy.member],
      locked: true,
    });
  });
});
