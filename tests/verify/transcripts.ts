/** A room of PBFT with real keys, and what it would export. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Certificate, Evidence } from '#protocols/core/evidence.ts';
import { signedText, type Signed, type Statement } from '#protocols/core/signed.ts';
import { transcriptLines } from '#protocols/core/transcript.ts';
import { genesisText, type Genesis } from '#lib/room/genesis.ts';
import { identityOf, type Identity } from '#lib/room/identity.ts';
import { jurisdictionOf } from '#lib/room/jurisdiction.ts';

/** A key pair for each number: a test needs the same ones each time. */
const identity = (i: number): Identity => identityOf(new Uint8Array(32).fill(i + 1));

const names = ['Ana', 'Ben', 'Caro', 'Dan'];
const seats = names.map((_, i) => identity(i));
const facilitator = identity(9);

export const genesis: Genesis = {
  version: 1,
  room: 'ABCD',
  epoch: 1,
  protocol: 'pbft',
  protocolVersion: 1,
  profile: 'wifi',
  roster: seats.map(({ id, publicKey }, i) => ({
    id,
    publicKey: bytesToHex(publicKey),
    name: names[i] as string,
  })),
  carried: null,
  bug: null,
  switches: [],
  createdAt: 1_000,
};

export const jurisdiction = jurisdictionOf(genesis);
export const seatOf = (i: number) => (seats[i] as Identity).id;

const signText = (text: string, { secretKey }: Identity): string =>
  bytesToHex(ed25519.sign(utf8ToBytes(text), secretKey));

/** `body` as seat `i` signs it. */
export function by<B extends Statement>(i: number, body: B): Signed<B> {
  const { id, secretKey, publicKey } = seats[i] as Identity;
  const signature = signText(signedText(jurisdiction.domain, body), { id, secretKey, publicKey });
  return { body, signer: id, signature };
}

/** The first line, as the facilitator signs it. */
export function opening(of: Genesis = genesis) {
  const publicKey = bytesToHex(facilitator.publicKey);
  return { genesis: of, publicKey, signature: signText(genesisText(of), facilitator) };
}

export function transcript({
  statements = [],
  certificates = [],
  evidence = [],
}: {
  readonly statements?: readonly Signed[];
  readonly certificates?: readonly Certificate[];
  readonly evidence?: readonly Evidence[];
}): string[] {
  const held = certificates.map((votes, i) => ({ replica: seatOf(i), votes }));
  return [...transcriptLines({ genesis: opening(), statements, certificates: held, evidence })];
}
