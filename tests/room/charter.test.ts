import { bytesToHex } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { charterProblem, firstCharter, signCharter, signGenesis } from '#lib/room/charter.ts';
import {
  clusterOf,
  genesisDigest,
  genesisSchema,
  rosterProblem,
  settingOf,
  type Genesis,
} from '#lib/room/genesis.ts';
import { createIdentity, createSigner } from '#lib/room/identity.ts';

const ana = createIdentity();
const ben = createIdentity();
const room = 'K7PQ2X';
const seat = ({ id, publicKey }: typeof ana, name: string): Genesis['roster'][number] => ({
  id,
  publicKey: bytesToHex(publicKey),
  name,
});
const genesis: Genesis = {
  version: 1,
  room,
  epoch: 1,
  protocol: 'raft',
  protocolVersion: 1,
  bug: null,
  switches: [],
  profile: 'fast',
  roster: [seat(ana, 'Ana'), seat(ben, 'Ben')],
  carried: null,
  createdAt: 1,
};

async function signed(change: Partial<Genesis> = {}, by = ana) {
  const signer = await createSigner(by);
  const founding = await signGenesis({ ...genesis, ...change }, signer);
  return signCharter({ ...firstCharter(room, 5), genesis: founding }, signer);
}

describe('a charter', () => {
  test('of the facilitator holds', async () => {
    expect(await charterProblem(await signed(), room, ana.id)).toBeNull();
  });

  test('of a guest does not', async () => {
    expect(await charterProblem(await signed({}, ben), room, ana.id)).toContain(
      'the facilitator did not write',
    );
  });

  test('of another room does not', async () => {
    expect(await charterProblem(await signed(), 'AAAAAA', ana.id)).toContain('another room');
  });

  test('that was changed after it was signed does not', async () => {
    const honest = await signed();
    const forged = { ...honest, charter: { ...honest.charter, frozen: true } };
    expect(await charterProblem(forged, room, ana.id)).toContain('false signature');
  });

  test('whose genesis somebody else signed does not', async () => {
    const founding = await signGenesis(genesis, await createSigner(ben));
    const charter = { ...firstCharter(room, 5), genesis: founding };
    const mixed = await signCharter(charter, await createSigner(ana));
    expect(await charterProblem(mixed, room, ana.id)).toContain('genesis with a false signature');
  });

  test("whose roster gives somebody's seat to another key does not", async () => {
    const stolen = { ...seat(ana, 'Ana'), publicKey: bytesToHex(ben.publicKey) };
    expect(await charterProblem(await signed({ roster: [stolen] }), room, ana.id)).toContain(
      'roster whose ids',
    );
  });
});

describe('a genesis', () => {
  test('names its cluster by its whole content', () => {
    expect(clusterOf(genesis)).toBe(genesisDigest(genesis).slice(0, 16));
    const others: Partial<Genesis>[] = [
      { epoch: 2 },
      { profile: 'wifi' },
      { profile: { tripMs: 45 } },
      { roster: [...genesis.roster].reverse() },
      { carried: { cluster: '0'.repeat(64), index: 3, state: '1'.repeat(64) } },
      { createdAt: 2 },
    ];
    const digests = others.map((change) => genesisDigest({ ...genesis, ...change }));
    expect(new Set([...digests, genesisDigest(genesis)]).size).toBe(others.length + 1);
  });

  test('may take its pace from a round trip, within bounds', () => {
    const measured = { ...genesis, profile: { tripMs: 130 } };
    expect(v.is(genesisSchema, measured)).toBe(true);
    expect(settingOf(measured).timing).toMatchObject({ electionTicksMin: 1_500 });
    for (const tripMs of [0, -1, 1.5, 5_001, 2 ** 52]) {
      expect(v.is(genesisSchema, { ...genesis, profile: { tripMs } })).toBe(false);
    }
  });

  test('with switches that exclude each other is none', () => {
    const both = { ...genesis, protocol: 'hotstuff', switches: ['reputation', 'steady-leaders'] };
    expect(v.is(genesisSchema, { ...both, switches: ['reputation'] })).toBe(true);
    expect(v.is(genesisSchema, both)).toBe(false);
    expect(v.is(genesisSchema, { ...both, protocol: 'pbft' })).toBe(true);
  });

  test('needs as many seats as its protocol takes', () => {
    expect(rosterProblem('raft', 5)).toBeNull();
    expect(rosterProblem('raft', 0)).toContain('at least 1');
    expect(rosterProblem('raft', 32)).toContain('at most 31');
  });
});
