/** A tab of its own for closing-tab.browser.test.ts: one member that says goodbye when its page goes. */
import { SimplePeerSource } from '../../src/lib/mesh/simple-peer.ts';
import { PlainClock } from '../../src/lib/tab/clock.ts';
import { newKeys, TestMember } from './members.ts';
import type { PageDoor } from './page-door.ts';

export interface GuestWindow extends Window {
  readonly door: PageDoor;
  arrived(guest: TestMember): void;
}

const host = window.parent as unknown as GuestWindow;
const keys = newKeys();
const source = new SimplePeerSource(keys.id, host.door.guest(keys.id), new PlainClock());
const guest = new TestMember(keys, source);
window.addEventListener('pagehide', () => guest.mesh.leave('the tab was closed'));
host.arrived(guest);
