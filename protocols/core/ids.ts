/**
 * Who is who. Ids derive from keys, so that a link that proved a key has proved every id below it.
 */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 32 lowercase hex digits: the first 128 bits of SHA-256 of the member's Ed25519 public key. */
export type MemberId = Brand<string, 'MemberId'>;
/** A replica is named by the member that runs it; one member runs at most one replica an epoch. */
export type ReplicaId = MemberId;
/** `<member>/<8 hex digits>`: one client session of a member. A reload starts another. */
export type ClientId = Brand<string, 'ClientId'>;

const memberPattern = /^[0-9a-f]{32}$/;
const clientPattern = /^[0-9a-f]{32}\/[0-9a-f]{8}$/;

export const isMemberId = (text: string): text is MemberId => memberPattern.test(text);
export const isClientId = (text: string): text is ClientId => clientPattern.test(text);

/** Length in characters of every {@link MemberId}. */
export const memberIdLength = 32;

/** The member whose session `client` is: the only one whose link may speak for it. */
export function ownerOf(client: ClientId): MemberId {
  return client.slice(0, memberIdLength) as MemberId;
}

/** Names a client session. `nonce` must be 8 lowercase hex digits, fresh for each session. */
export function clientId(member: MemberId, nonce: string): ClientId {
  const id = `${member}/${nonce}`;
  if (!isClientId(id)) throw new Error(`not a client id: ${id}`);
  return id;
}
