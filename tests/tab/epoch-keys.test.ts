/** What a genesis gives the workers is what all of them sign and verify by. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { expect, test } from 'vitest';
import { clientId } from '#protocols/core/ids.ts';
import { domainOf, signerFor, verifierFor } from '#lib/tab/epoch-keys.ts';
import { genesisDigest, settingOf, type Genesis } from '#lib/room/genesis.ts';
import { identityOf, type Identity } from '#lib/room/identity.ts';

const [ana, ben, zoe] = [1, 2, 3].map((seed) => identityOf(new Uint8Array(32).fill(seed))) as [
  Identity,
  Identity,
  Identity,
];
const genesis: Genesis = {
  version: 1,
  room: 'ABC234',
  epoch: 3,
  protocol: 'raft',
  protocolVersion: 1,
  profile: 'fast',
  roster: [ana, ben].map(({ id, publicKey }) => ({
    id,
    publicKey: bytesToHex(publicKey),
    name: 'x',
  })),
  carried: null,
  bug: null,
  switches: [],
  createdAt: 0,
};
const vote = { kind: 'VOTE', term: 4 };

test('[K8] the domain is the genesis in full, with the epoch, the protocol and its version', () => {
  const domain = domainOf(settingOf(genesis));
  expect(domain).toMatchObject({
    protocol: 'raft',
    cluster: genesisDigest(genesis),
    epoch: 3,
  });
  expect(domain.cluster).toMatch(/^[0-9a-f]{64}$/);
});

test('members of one epoch know each other’s statements, and those of no other epoch', async () => {
  const epoch = settingOf(genesis);
  const verifier = verifierFor(epoch);
  const signer = await signerFor({ self: ana.id, secretKey: ana.secretKey, epoch });
  expect(await verifier.verify(await signer.sign(vote))).toBe(true);
  const next = settingOf({ ...genesis, epoch: 4 });
  const elsewhere = await signerFor({ self: ana.id, secretKey: ana.secretKey, epoch: next });
  expect(await verifier.verify(await elsewhere.sign(vote))).toBe(false);
  expect(await verifierFor(next).verify(await signer.sign(vote))).toBe(false);
});

test('who is not on the roster asks as a client, and states nothing', async () => {
  const epoch = settingOf(genesis);
  const guest = await signerFor({ self: zoe.id, secretKey: zoe.secretKey, epoch });
  const request = {
    client: clientId(zoe.id, '00000001'),
    seq: 1,
    ackedBelow: 1,
    command: { op: 'get', key: 'k' },
  } as const;
  expect(await verifierFor(epoch).verifyRequest(await guest.signRequest(request))).toBe(true);
  expect(await verifierFor(epoch).verify(await guest.sign(vote))).toBe(false);
});
