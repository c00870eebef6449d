/** What one door of several processes promises, whatever bus joins them. */
import { afterEach, expect, test } from 'vitest';
import type { RoomBus } from '#signaling/bus.ts';
import { doorCloses, doorLimits, type ToTab } from '#signaling/messages.ts';
import { identity, type Identity } from './identity.ts';
import { codeIn, openDoor, Tab, type LiveDoor } from './live.ts';

export const [ana, ben, cy, dee] = ['Ana', 'Ben', 'Cy', 'Dee'].map(identity) as [
  Identity,
  Identity,
  Identity,
  Identity,
];
export const error = (name: string, about?: Identity) => ({
  type: 'error',
  error: name,
  ...(about ? { about: about.member.id } : {}),
});

let doors: LiveDoor[] = [];
let tabs: Tab[] = [];

export async function open(bus: RoomBus, roomsMax?: number): Promise<LiveDoor> {
  const door = await openDoor({ bus, ...(roomsMax === undefined ? {} : { roomsMax }) });
  doors.push(door);
  return door;
}

export async function knock(door: LiveDoor): Promise<Tab> {
  const tab = await Tab.connect(door.url);
  tabs.push(tab);
  return tab;
}

afterEach(async () => {
  for (const { socket } of tabs) socket.terminate();
  for (const door of doors) await door.close();
  [tabs, doors] = [[], []];
});

export const arrived = ({ member }: Identity): ToTab => ({ type: 'arrived', member });
export const departed = ({ member }: Identity): ToTab => ({ type: 'departed', member: member.id });

/** Ana at the first process, Ben at the second, in one room. */
export async function meet(newBus: () => RoomBus) {
  const [one, two] = [await open(newBus()), await open(newBus())];
  const together = (): boolean =>
    doors.every(({ signaling }) => signaling.stats().bus.others === doors.length - 1);
  while (!together()) await new Promise((resolve) => setTimeout(resolve, 5));
  const [anasTab, bensTab] = [await knock(one), await knock(two)];
  const code = codeIn(await anasTab.create(ana));
  const answer = await bensTab.join(code, ben);
  expect(answer).toMatchObject({ facilitator: ana.member.id, members: [ana.member, ben.member] });
  expect(await anasTab.next()).toEqual(arrived(ben));
  return { one, two, anasTab, bensTab, code };
}

export function suite(newBus: () => RoomBus): void {
  test('they see each other come and go, and pass signals and frames', async () => {
    const { two, anasTab, bensTab, code } = await meet(newBus);
    bensTab.send({ type: 'signal', to: ana.member.id, data: 'offer' });
    expect(await anasTab.next()).toEqual({ type: 'signal', from: ben.member.id, data: 'offer' });
    anasTab.send({ type: 'signal', to: ben.member.id, data: 'answer' });
    expect(await bensTab.next()).toEqual({ type: 'signal', from: ana.member.id, data: 'answer' });
    const came = new Promise((resolve) => bensTab.socket.once('message', resolve));
    const frame = (to: Identity) =>
      Buffer.concat([Buffer.from(to.member.id, 'hex'), Buffer.of(0, 255)]);
    anasTab.socket.send(frame(ben));
    expect(await came).toEqual(frame(ana));
    const third = await knock(two);
    await third.join(code, cy);
    for (const tab of [anasTab, bensTab]) expect(await tab.next()).toEqual(arrived(cy));
    third.socket.terminate();
    for (const tab of [anasTab, bensTab]) expect(await tab.next()).toEqual(departed(cy));
  });

  test('a name is taken, a door locked and a guest shown out at all of them', async () => {
    const { one, two, anasTab, bensTab, code } = await meet(newBus);
    expect(await (await knock(one)).join(code, identity('BEN'))).toEqual(error('name-taken'));
    bensTab.send({ type: 'lock', locked: true });
    expect(await bensTab.next()).toEqual(error('not-allowed'));
    anasTab.send({ type: 'lock', locked: true });
    expect(await bensTab.next()).toEqual({ type: 'locked', locked: true });
    expect(await anasTab.next()).toEqual({ type: 'locked', locked: true });
    expect(await (await knock(two)).join(code, cy)).toEqual(error('room-locked'));
    anasTab.send({ type: 'remove', member: ben.member.id });
    expect(await bensTab.next()).toEqual(error('removed'));
    expect(await bensTab.ended()).toBe(doorCloses.removed);
    expect(await anasTab.next()).toEqual(departed(ben));
    expect(await (await knock(two)).join(code, ben)).toEqual(error('removed'));
  });

  test('who comes in by another process replaces its stale connection', async () => {
    const { one, anasTab, bensTab, code } = await meet(newBus);
    const again = await knock(one);
    expect(await again.resume({ code, facilitator: ana.member.id }, ben)).toMatchObject({
      type: 'joined',
    });
    expect(await bensTab.ended()).toBe(doorCloses.replaced);
    expect(await anasTab.next()).toEqual(arrived(ben));
    again.send({ type: 'signal', to: ana.member.id, data: 'x' });
    expect(await anasTab.next()).toMatchObject({ type: 'signal', from: ben.member.id });
  });

  test('who goes to a room of another process leaves the first one there too', async () => {
    const { two, anasTab, bensTab } = await meet(newBus);
    const other = await knock(two);
    const elsewhere = codeIn(await other.create(dee));
    expect(codeIn(await bensTab.join(elsewhere, ben))).toBe(elsewhere);
    expect(await anasTab.next()).toEqual(departed(ben));
    anasTab.send({ type: 'signal', to: ben.member.id, data: 'x' });
    expect(await anasTab.next()).toEqual(error('not-there', ben));
  });

  test('a code that names no room is refused, and its topic heard no longer', async () => {
    const { one, two } = await meet(newBus);
    expect(await (await knock(two)).join('222222', cy)).toEqual(error('no-such-room'));
    expect([one, two].map(({ signaling }) => signaling.stats().rooms)).toEqual([1, 1]);
  });

  test('64 come in at once by two processes, and all see the same 64', async () => {
    const { one, two, code } = await meet(newBus);
    const people = Array.from({ length: doorLimits.membersPerRoomMax - 1 }, (_, i) =>
      identity(`p${i}`),
    );
    const answers = await Promise.all(
      people.map(async (person, i) => (await knock(i % 2 ? one : two)).join(code, person)),
    );
    expect(answers.filter(({ type }) => type === 'joined')).toHaveLength(62);
    expect(answers.filter(({ type }) => type !== 'joined')).toEqual([error('room-full')]);
    const last = await Promise.all(
      [one, two].map(async (door) => (await knock(door)).join(code, ben)),
    );
    const [here, there] = last.map((answer) => (answer.type === 'joined' ? answer.members : []));
    expect(here).toHaveLength(64);
    expect(there).toEqual(here);
  });
}
