/** How the bytes of a link travel, in words after `connected` or `linked`. */
import type { Path } from '../mesh/transport.ts';

export const pathWords: Readonly<Record<Path, string>> = {
  memory: 'in this tab',
  direct: 'directly',
  stun: 'directly, by an address that STUN told',
  turn: 'through a TURN server',
  relayed: 'through the server, since no network connects the two devices',
};
