/** The protocol of the room that a component stands in, for what each protocol calls and draws in its own way. */
import { getContext, setContext } from 'svelte';
import type { ProtocolName } from '#protocols/registry.ts';
import type { ProtocolScreen } from '../view/protocol-screen.ts';
import { screens } from '../view/protocols.ts';

const key = Symbol('protocol');

/** Reads like what it holds; the next epoch may have another protocol, so that nothing of it is to be kept. */
export interface RoomProtocol {
  readonly screen: ProtocolScreen;
}

/** For all components below. `name` must read what changes with the room. */
export function setRoomProtocol(name: () => ProtocolName): void {
  const room: RoomProtocol = {
    get screen() {
      return screens[name()];
    },
  };
  setContext(key, room);
}

export const roomProtocol = (): RoomProtocol => getContext<RoomProtocol>(key);
