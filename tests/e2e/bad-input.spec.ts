/** What a hostile tab sends is dropped, counted and shown; nothing throws and nothing is lost. */
import type { Page } from '@playwright/test';
import type { SectionKind } from '../../src/lib/mesh/transport.ts';
import { expect, test } from './fixtures.ts';
import { at, comeLate, openRoom, press, waitCommitted, waitForLeader, write } from './room.ts';
import { type Tab } from './room.ts';
import { expectSameLogs, memberId, view } from './screen.ts';

declare global {
  /** Every data channel that this page has sent on. */
  var channels: Set<RTCDataChannel>;
  /** Its connections to the server. */
  var sockets: Set<WebSocket>;
}

/** How many refusals of `guest` this screen counts. */
async function refusals({ page }: Tab, guest: Tab): Promise<number> {
  const { refusedByPeer } = (await view(page)).vitals;
  return refusedByPeer.find(({ peer }) => peer === guest.name)?.count ?? 0;
}

async function expectRefusalsShown({ page }: Tab, guest: Tab, least: number): Promise<void> {
  await press(page.getByRole('button', { name: 'Health' }));
  const panel = page.getByRole('dialog');
  await expect(panel).toContainText('Refused as malformed');
  const line = panel.getByRole('listitem').filter({ hasText: guest.name }).last();
  await expect(line).toBeVisible();
  const shown = async () => Number(/(\d+)\s*$/.exec(await line.innerText())?.[1]);
  await expect.poll(shown).toBeGreaterThanOrEqual(least);
  await press(panel.getByRole('button', { name: 'Close' }));
}

const kinds: readonly SectionKind[] = ['room', 'consensus', 'request', 'reply', 'trace'];

/** Sends every text as a section of every kind to each of `peers`; resolves to how many for one peer. */
function sendTexts(
  page: Page,
  peers: readonly string[],
  texts: readonly string[],
): Promise<number> {
  return page.evaluate(
    ({ peers, texts, kinds }) => {
      const { mesh } = globalThis.synod.screen?.session ?? {};
      const bytes = texts.map((text) => new TextEncoder().encode(text));
      bytes.push(new Uint8Array([0xff, 0xfe, 0x80]), new Uint8Array());
      const sections = kinds.flatMap((kind) => bytes.map((each) => ({ kind, bytes: each })));
      // Beyond the cap of a message. Traces that long do not even leave their sender.
      sections.push({ kind: 'consensus', bytes: new Uint8Array(1_572_864) });
      for (const peer of peers) {
        for (const section of sections) mesh?.send(peer as never, [section]);
      }
      return sections.length;
    },
    { peers, texts, kinds },
  );
}

/** Texts that are no message of any kind: in their place stands what `envelope` is given. */
function hostileTexts(cluster: string, voters: number): readonly string[] {
  const clock = `[${Array.from({ length: voters }, () => '1').join(',')}]`;
  const envelope = (messages: string, extra = '') =>
    `{"cluster":"${cluster}","incarnation":1,"lamport":1,"clock":${clock},` +
    `"messages":[${messages}]${extra}}`;
  const rest = '"lastLogIndex":1,"lastLogTerm":1,"preVote":false,"transfer":false';
  const vote = (term: string, extra = '') =>
    envelope(`{"type":"RequestVote","term":${term},${rest}${extra}}`);
  return [
    'not json',
    'null',
    '[]',
    `${'['.repeat(25_000)}${']'.repeat(25_000)}`,
    `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    envelope(`{"type":"RequestVote","__proto__":{"term":9},${rest}}`),
    vote('NaN'),
    vote('1e999'),
    vote('-1'),
    vote('1.5'),
    vote('"2"'),
    vote(String(2 ** 53)),
    vote('9', ',"__proto__":{"a":1}'),
    vote('9', ',"extra":1'),
    envelope('{"type":"toString"}'),
    envelope('', ',"extra":true'),
    envelope(Array.from({ length: 5_000 }, () => '{"type":"x"}').join(',')),
    `{"cluster":"${cluster}","requests":[{"client":"__proto__","seq":1}]}`,
    `{"cluster":"${cluster}","replies":[{"client":"x","reply":{"type":"done","seq":${2 ** 53}}}]}`,
    `{"type":"member","name":"\\u202e","wantsSeat":true,"linkedWith":[]}`,
    `{"type":"state","state":"${'0'.repeat(64)}","snapshot":{}}`,
    `{"type":"charter","signed":{"charter":{},"publicKey":"","signature":""}}`,
  ];
}

test('malformed messages of a voter and of an observer are dropped, counted and shown', async ({
  context,
}) => {
  const room = await openRoom(context, 3);
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  const late = await comeLate(room, await context.newPage(), 'Zoe');
  await write(ana.page, 'before', 'the storm');
  const before = await waitForLeader(room.tabs);
  const cluster = await ben.page.evaluate(
    () => globalThis.synod.screen?.session.run?.setting.cluster ?? '',
  );
  const texts = hostileTexts(cluster, room.tabs.length);
  for (const guest of [ben, late]) {
    const others = room.tabs.filter(({ name }) => name !== guest.name);
    const peers = await Promise.all(others.map(({ page }) => memberId(page)));
    const sent = await sendTexts(guest.page, peers, texts);
    for (const other of others) {
      const counted = () => refusals(other, guest);
      await expect.poll(counted, { timeout: 20_000 }).toBeGreaterThanOrEqual(sent);
    }
    await expectRefusalsShown(at(others, 0), guest, sent);
  }
  const polluted = () => Reflect.get({}, 'polluted') as unknown;
  for (const { page } of room.tabs) expect(await page.evaluate(polluted)).toBe(undefined);
  expect(await waitForLeader(room.tabs)).toMatchObject({ name: before.name, term: before.term });
  for (const { name, page } of room.tabs) await write(page, name, 'goes on');
  for (const { name } of room.tabs) await waitCommitted(room.tabs, name, 'goes on');
  await waitCommitted(room.tabs, 'before', 'the storm');
  await expectSameLogs(room.tabs.map(({ page }) => page));
});

test('raw garbage on a data channel is dropped, and its link stays up', async ({ context }) => {
  await context.addInitScript(() => {
    globalThis.channels = new Set();
    const { prototype } = RTCDataChannel;
    const { send } = prototype;
    prototype.send = function (this: RTCDataChannel, ...given: unknown[]): void {
      globalThis.channels.add(this);
      Reflect.apply(send, this, given);
    };
  });
  const room = await openRoom(context, 3);
  const [ana, ben, cleo] = [at(room.tabs, 0), at(room.tabs, 1), at(room.tabs, 2)];
  const sent = await cleo.page.evaluate(() => {
    const frames: (string | Uint8Array<ArrayBuffer>)[] = [
      'a text where bytes belong',
      new Uint8Array(0),
      new Uint8Array([0]),
      new Uint8Array([9, 1, 2, 3]),
      new Uint8Array([255]),
      // Sections of an unknown kind, and one that ends before its length.
      new Uint8Array([1, 9, 0, 0]),
      new Uint8Array([1, 1, 255, 255, 0]),
      // A chunk of nothing, and a first chunk that announces 4 GiB.
      new Uint8Array([2, 1, 0, 1, 2]),
      new Uint8Array([2, 1, 1, 255, 255, 255, 255, 0]),
      // A ping without a number, and a hello where nobody waits for one.
      new Uint8Array([3]),
      new Uint8Array([6, 0, 0]),
      new Uint8Array(60_000).fill(1),
    ];
    for (const channel of globalThis.channels) {
      if (channel.readyState === 'open') for (const frame of frames) channel.send(frame as never);
    }
    return frames.length;
  });
  for (const other of [ana, ben]) {
    await expect
      .poll(() => refusals(other, cleo), { timeout: 10_000 })
      .toBeGreaterThanOrEqual(sent);
    await expectRefusalsShown(other, cleo, sent);
  }
  await write(cleo.page, 'still', 'linked');
  await waitCommitted(room.tabs, 'still', 'linked');
  const { seats } = await view(ana.page);
  expect(seats.find(({ name }) => name === 'Cleo')?.link).toMatchObject({
    state: 'up',
    connections: 1,
  });
});

test('garbage at the door costs the connection, and the tab comes back', async ({ context }) => {
  await context.addInitScript(() => {
    globalThis.sockets = new Set();
    const { prototype } = WebSocket;
    const { send } = prototype;
    prototype.send = function (this: WebSocket, ...given: unknown[]): void {
      globalThis.sockets.add(this);
      Reflect.apply(send, this, given);
    };
  });
  const { tabs } = await openRoom(context, 2);
  const [ana, ben] = [at(tabs, 0), at(tabs, 1)];
  await ben.page.evaluate(() => {
    const texts = ['x', 'null', '{"__proto__":1}', '{"type":"signal","to":"x","data":NaN}'];
    for (const socket of globalThis.sockets) {
      for (let n = 0; n < 50; n++) for (const text of texts) socket.send(text);
      socket.send('x'.repeat(200_000));
      socket.send(new Uint8Array([0xff, 0]));
    }
  });
  const known = () => ben.page.evaluate(() => globalThis.sockets.size);
  await expect.poll(known, { timeout: 10_000 }).toBeGreaterThan(1);
  await expect(ben.page.getByText('door open')).toBeVisible({ timeout: 10_000 });
  await write(ben.page, 'still', 'here');
  await write(ana.page, 'and', 'so is the server');
  await waitCommitted(tabs, 'still', 'here');
});
