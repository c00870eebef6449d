/** The only place that names concrete protocols: one line each. */
import type { Protocol } from './core/protocol.ts';
import { basicHotStuff, hotStuff, jolteon } from './hotstuff/protocol.ts';
import { pbft } from './pbft/protocol.ts';
import { raft } from './raft/protocol.ts';

export const protocols = {
  raft,
  pbft,
  hotstuff: hotStuff,
  jolteon,
  basichotstuff: basicHotStuff,
} as const;

export type ProtocolName = keyof typeof protocols;
/** A protocol whose messages, state and notes only its own folder understands: all that the host needs. */
export type AnyProtocol = Protocol<unknown, unknown, unknown>;

/** All names, for a schema: the name in a genesis comes from outside. */
export const protocolNames = Object.keys(protocols) as ProtocolName[];

export function protocolNamed(name: ProtocolName): AnyProtocol {
  return protocols[name];
}
