/** BLS12-381 for real: aggregates, bisection, and keys that nobody has the secret of. Few of them, since they are slow. */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import {
  aggregateOf,
  bitmapOf,
  namedBy,
  statementsOf,
  type Aggregate,
} from '#protocols/core/aggregate.ts';
import { shareText, type Signed, type SigningDomain } from '#protocols/core/signed.ts';
import { putTogether } from '#lib/host/aggregating.ts';
import { BlsScheme, isPossessed, shareHolder } from '#lib/host/bls.ts';
import { identityOf } from '#lib/room/identity.ts';

const domain: SigningDomain = { protocol: 'x', version: 1, cluster: 'a'.repeat(64), epoch: 2 };
const body = { kind: 'VOTE', view: 7, block: 'b'.repeat(64) };
const identities = [1, 2, 3, 4].map((seed) => identityOf(new Uint8Array(32).fill(seed)));
const voters = identities.map(({ id }) => id);
const owners = identities.map(({ publicKey }) => bytesToHex(publicKey));
const holders = identities.map(({ secretKey }) => shareHolder(secretKey));
const keys = holders.map(({ publicKey }) => publicKey);
/** What is there: no place here is beyond the roster. */
const at = <T>(list: readonly T[], place: number): T => list[place] as T;
const scheme = new BlsScheme(domain, voters, keys);

const signed = (place: number, share: string): Signed => {
  return { body, signer: at(voters, place), signature: '', share };
};
const shareOf = (place: number): Signed =>
  signed(place, at(holders, place).share(shareText(domain, body)));

function together(...places: number[]): Aggregate {
  const answer = putTogether(scheme, places.map(shareOf));
  if (answer.type !== 'aggregate') throw new Error('a share of these is false');
  return answer.aggregate;
}

const good = together(0, 1, 3);

describe('an aggregate of three of four', () => {
  test('is one point of 48 bytes under a bitmap, and good', () => {
    expect(good.aggregate).toMatch(/^[0-9a-f]{96}$/);
    expect(good.signers).toBe(0b1011);
    expect(scheme.isGood(good)).toBe(true);
  });

  test('shows of each of its signers, and of nobody else, that it signed', () => {
    const shown = statementsOf(good, voters);
    expect(shown.map(({ signer }) => signer)).toEqual([voters[0], voters[1], voters[3]]);
    for (const statement of shown) expect(aggregateOf(statement)).toEqual(good);
  });

  test.each([
    ['[H2] a signer more in its bitmap', { signers: 0b1111 }],
    ['[H2] a signer fewer in its bitmap', { signers: 0b0011 }],
    ['[H2] another signer in its bitmap', { signers: 0b0111 }],
    ['[K10] somebody beyond the roster', { signers: 0b11011 }],
    ['nobody', { signers: 0 }],
    ['another body', { body: { ...body, view: 8 } }],
    ['a body that has no text', { body: { ...body, view: 0.5 } }],
    ['no point of the curve', { aggregate: 'f'.repeat(96) }],
    ['the point at infinity', { aggregate: `c0${'0'.repeat(94)}` }],
  ])('%s: it is false', (_name, changed) => {
    expect(scheme.isGood({ ...good, ...changed })).toBe(false);
  });

  test('[K8] is false in another epoch', () => {
    const next = new BlsScheme({ ...domain, epoch: 3 }, voters, keys);
    expect(next.isGood(good)).toBe(false);
  });
});

describe('shares that are put together', () => {
  const lie = shareHolder(new Uint8Array(32).fill(9)).share(shareText(domain, body));

  test('a false one is found by bisection, and whose it is', () => {
    const answer = putTogether(scheme, [shareOf(0), shareOf(1), signed(2, lie), shareOf(3)]);
    expect(answer).toEqual({ type: 'falseShares', body, signers: [voters[2]] });
  });

  test('so are two, and one that is no point at all', () => {
    const shares = [signed(0, lie), shareOf(1), signed(2, 'f'.repeat(96)), signed(3, lie)];
    const answer = putTogether(scheme, shares);
    const signers = answer.type === 'falseShares' ? [...answer.signers].sort() : [];
    expect(signers).toEqual([voters[0], voters[2], voters[3]].sort());
  });

  test('the whole is looked at once where all are true, and not each of them', () => {
    let looks = 0;
    const counting = Object.assign(Object.create(scheme) as BlsScheme, {
      voters,
      isShare: () => true,
      add: (shares: readonly string[]) => scheme.add(shares),
      isGood: (aggregate: Aggregate) => {
        looks++;
        return scheme.isGood(aggregate);
      },
    });
    expect(putTogether(counting, [0, 1, 2, 3].map(shareOf)).type).toBe('aggregate');
    expect(looks).toBe(1);
  });
});

describe('[rogue keys] a key made up from those of others', () => {
  const { G2, shortSignatures: bls } = bls12_381;
  const point = (place: number) => G2.Point.fromHex(at(keys, place));
  const liar = bls.keygen();
  const owner = at(owners, 3);
  // With the keys of the first two it adds up to one whose secret the liar has.
  const rogue = liar.publicKey.subtract(point(0)).subtract(point(1)).toHex();
  const sign = (text: string, tag: string) =>
    bls.sign(bls.hash(utf8ToBytes(text), tag), liar.secretKey).toHex();

  test('signs alone for all of them: without proofs an aggregate says nothing', () => {
    const tag = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
    const forged = {
      body,
      signers: bitmapOf([at(voters, 0), at(voters, 1), at(voters, 3)], voters),
      aggregate: sign(shareText(domain, body), tag),
    };
    expect(namedBy(forged.signers, voters)).toHaveLength(3);
    const unproved = new BlsScheme(domain, voters, [at(keys, 0), at(keys, 1), at(keys, 2), rogue]);
    expect(unproved.isGood(forged)).toBe(true);
    expect(scheme.isGood(forged)).toBe(false);
  });

  test('has no proof of possession that its maker could make', () => {
    const tag = 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
    const text = `synod/possession/1 ${owner} ${rogue}`;
    expect(isPossessed(rogue, owner, sign(text, tag))).toBe(false);
  });

  test('a key that was copied with its proof is not the copier’s', () => {
    const ana = at(owners, 0);
    const possession = at(holders, 0).possession(ana);
    expect(isPossessed(at(keys, 0), ana, possession)).toBe(true);
    expect(isPossessed(at(keys, 0), owner, possession)).toBe(false);
  });

  test('what is no point of the group is no key', () => {
    const possession = at(holders, 0).possession(owner);
    expect(isPossessed('f'.repeat(192), owner, possession)).toBe(false);
    expect(isPossessed(`c0${'0'.repeat(190)}`, owner, `c0${'0'.repeat(94)}`)).toBe(false);
  });
});
