import { expect, test } from 'vitest';
import { SimplePeerSource } from '../../src/lib/mesh/simple-peer.ts';
import { PlainClock } from '../../src/lib/tab/clock.ts';
import type { GuestWindow } from './guest-page.ts';
import { newKeys, TestMember, until, untilLinked } from './members.ts';
import { PageDoor } from './page-door.ts';

const guestModule = new URL('./guest-page.ts', import.meta.url).href;

/** A page of its own, with a mesh of its own, linked to `host` over a data channel. */
async function openGuest(
  door: PageDoor,
  host: TestMember,
): Promise<[HTMLIFrameElement, TestMember]> {
  const guests: TestMember[] = [];
  Object.assign(window as unknown as GuestWindow, {
    door,
    arrived: (guest: TestMember) => guests.push(guest),
  });
  const frame = document.createElement('iframe');
  frame.srcdoc = `<script type="module" src="${guestModule}"></script>`;
  document.body.append(frame);
  await until('the guest is there', () => guests.length === 1);
  const guest = guests[0] as TestMember;
  host.mesh.announce(guest.id);
  guest.mesh.announce(host.id);
  await untilLinked(host, guest);
  return [frame, guest];
}

test.each([
  ['closes', (frame: HTMLIFrameElement) => frame.remove()],
  [
    'goes to another page',
    (frame: HTMLIFrameElement) => frame.contentWindow?.location.replace('about:blank'),
  ],
])(
  'a page that %s is known to be gone within 100 ms, as one that said goodbye',
  async (_how, go) => {
    const door = new PageDoor();
    const keys = newKeys();
    const host = new TestMember(
      keys,
      new SimplePeerSource(keys.id, door.guest(keys.id), new PlainClock()),
    );
    const [frame, guest] = await openGuest(door, host);
    const { id } = guest;
    const start = performance.now();
    go(frame);
    await until('it is known', () => host.link(id)?.state !== 'up');
    expect(performance.now() - start).toBeLessThan(100);
    expect(host.link(id)).toMatchObject({
      state: 'down',
      why: 'it said goodbye: the tab was closed',
    });
    host.mesh.leave('done');
    frame.remove();
  },
);
