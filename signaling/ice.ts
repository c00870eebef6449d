/** What tabs are told to find ways to each other with: the servers of their RTCPeerConnections. */
import * as v from 'valibot';
import { iceServersSchema, type IceServers } from './messages.ts';

/** Named by the environment: `ICE_SERVERS='[{"urls":"turn:turn.example:3478","username":"u","credential":"c"}]'`. */
export function iceServersOf(text: string | undefined): IceServers | string {
  if (text === undefined || text === '') return [];
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return 'ICE_SERVERS is not JSON.';
  }
  const result = v.safeParse(iceServersSchema, given);
  return result.success
    ? result.output
    : 'ICE_SERVERS is no list of { urls, username?, credential? }.';
}

const ownNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Our own STUN at the address under which a tab has reached us, since that one it can reach. Who came from this machine
 * is given an address that others reach too: a socket of the network asks nothing of a loopback.
 *
 * @param host the request's header, a name with or without a port
 */
export function stunAt(
  port: number,
  host: string | undefined,
  lan: string | undefined,
): IceServers {
  const name = (host ?? '').replace(/:\d+$/, '');
  const reached = name === '' || ownNames.includes(name) ? lan : name;
  return reached === undefined ? [] : [{ urls: `stun:${reached}:${port}` }];
}
