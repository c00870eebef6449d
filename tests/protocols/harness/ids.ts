/** Names for tests: r(0), r(1) … for replicas, c(0), c(1) … for clients. */
import { clientId, type ClientId, type MemberId, type ReplicaId } from '#protocols/core/ids.ts';
import type { ClientRequest, Command } from '#protocols/core/client.ts';

export function r(i: number): ReplicaId {
  return i.toString(16).padStart(32, '0') as MemberId;
}

export function roster(n: number): ReplicaId[] {
  return Array.from({ length: n }, (_, i) => r(i));
}

export function c(i: number): ClientId {
  return clientId(r(0x1000 + i), '00000001');
}

export function put(key: string, value: string): Command {
  return { op: 'put', key, value };
}

/** Request number `seq` of client 0: by default one that nobody looks into. */
export function request(
  seq: number,
  command = put('x', String(seq)),
  client = c(0),
): ClientRequest {
  return { client, seq, ackedBelow: 1, command };
}
