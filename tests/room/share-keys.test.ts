/** Keys for shares of aggregates, as a room takes them in: each with its proofs, or not at all. */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { bitmapOf, statementsOf } from '#protocols/core/aggregate.ts';
import { evidenceProblem, prove } from '#protocols/core/evidence.ts';
import { shareText } from '#protocols/core/signed.ts';
import { hotStuff } from '#protocols/hotstuff/protocol.ts';
import { putTogether } from '#lib/host/aggregating.ts';
import { BlsScheme, shareHolder } from '#lib/host/bls.ts';
import { charterProblem, firstCharter, signCharter, signGenesis } from '#lib/room/charter.ts';
import { genesisSchema, genesisText, settingOf, type Genesis } from '#lib/room/genesis.ts';
import { createSigner, identityOf, type Identity } from '#lib/room/identity.ts';
import { jurisdictionOf } from '#lib/room/jurisdiction.ts';
import { createShareKey, shareKeyProblem, type ShareKey } from '#lib/room/share-keys.ts';
import { genesisProblem } from '#lib/verify/genesis-line.ts';
import { vote } from '../protocols/hotstuff/testimony.ts';

const room = 'K7PQ2X';
const names = ['Ana', 'Ben', 'Cleo', 'Dan'];
const members = names.map((_, i) => identityOf(new Uint8Array(32).fill(i + 1)));
const [ana] = members as [Identity];
const signers = await Promise.all(members.map((member) => createSigner(member)));
const shareKeys = await Promise.all(
  members.map(({ secretKey }, i) => createShareKey(secretKey, signers[i] ?? createNobody())),
);

function createNobody(): never {
  throw new Error('every member has a signer');
}

const at = <T>(list: readonly T[], place: number): T => list[place] as T;
const keyOf = (place: number) => bytesToHex(at(members, place).publicKey);

function genesisWith(change: Partial<ShareKey> = {}, rest: Partial<Genesis> = {}): Genesis {
  return {
    version: 1,
    room,
    epoch: 1,
    protocol: 'hotstuff',
    protocolVersion: hotStuff.version,
    bug: null,
    switches: ['aggregate-certificates'],
    profile: 'fast',
    roster: members.map(({ id }, i) => ({
      id,
      publicKey: keyOf(i),
      name: at(names, i),
      shareKey: { ...at(shareKeys, i), ...(i === 3 ? change : {}) },
    })),
    carried: null,
    createdAt: 1,
    ...rest,
  };
}

const opening = async (genesis: Genesis) => {
  const signature = bytesToHex(await at(signers, 0).sign(utf8ToBytes(genesisText(genesis))));
  return { type: 'genesis', genesis, publicKey: keyOf(0), signature } as const;
};

/** As the members of the room see it, and as who verifies its transcript. */
async function problemsOf(genesis: Genesis): Promise<(string | null)[]> {
  const founding = await signGenesis(genesis, at(signers, 0));
  const charter = { ...firstCharter(room, 5), genesis: founding };
  const signed = await signCharter(charter, at(signers, 0));
  return [await charterProblem(signed, room, ana.id), genesisProblem(await opening(genesis))];
}

describe('a roster with keys for shares', () => {
  test('holds, in the room and for who verifies its transcript', async () => {
    expect(v.safeParse(genesisSchema, genesisWith()).success).toBe(true);
    expect(await problemsOf(genesisWith())).toEqual([null, null]);
  });

  test('[rogue keys] is refused with one that was made up from those of others', async () => {
    const { G2, shortSignatures: bls } = bls12_381;
    const liar = bls.keygen();
    const point = (i: number) => G2.Point.fromHex(at(shareKeys, i).key);
    const key = liar.publicKey.subtract(point(0)).subtract(point(1)).toHex();
    const text = utf8ToBytes(`synod/possession/1 ${keyOf(3)} ${key}`);
    const hashed = bls.hash(text, 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_');
    const possession = bls.sign(hashed, liar.secretKey).toHex();
    const said = utf8ToBytes(`synod/share-key/1 ${key} ${possession}`);
    const signature = bytesToHex(await at(signers, 3).sign(said));
    const problem = 'nothing proves that it has the secret of its BLS key';
    expect(await shareKeyProblem(keyOf(3), { key, possession, signature })).toBe(problem);
    expect(await problemsOf(genesisWith({ key, possession, signature }))).toEqual([
      `a roster with Dan: ${problem}`,
      `Dan: ${problem}`,
    ]);
  });

  test('is refused where the facilitator put in a key that is not the member’s', async () => {
    const holder = shareHolder(new Uint8Array(32).fill(9));
    const own = { key: holder.publicKey, possession: holder.possession(keyOf(3)) };
    const problem = 'its BLS key is not signed by its own key';
    expect(await problemsOf(genesisWith(own))).toEqual([
      `a roster with Dan: ${problem}`,
      `Dan: ${problem}`,
    ]);
  });

  test('has one for each seat where aggregates are made, and none elsewhere', () => {
    const { roster } = genesisWith();
    const bare = roster.map(({ id, publicKey, name }) => ({ id, publicKey, name }));
    const holds = (rest: Partial<Genesis>) =>
      v.safeParse(genesisSchema, genesisWith({}, rest)).success;
    expect(holds({ roster: bare })).toBe(false);
    expect(holds({ switches: [] })).toBe(false);
    expect(holds({ switches: [], roster: bare })).toBe(true);
  });
});

describe('[E2] evidence from two aggregates', () => {
  const genesis = genesisWith();
  const jurisdiction = jurisdictionOf(genesis);
  const { domain, voters } = jurisdiction;
  const scheme = new BlsScheme(domain, voters, settingOf(genesis).shareKeys);
  const holders = members.map(({ secretKey }) => shareHolder(secretKey));

  /** What an aggregate of these shows, of one body. */
  function shownBy(places: readonly number[], block: string) {
    const body = vote(7, block);
    const shares = places.map((i) => {
      const share = at(holders, i).share(shareText(domain, body));
      return { body, signer: at(voters, i), signature: '', share };
    });
    const answer = putTogether(scheme, shares);
    if (answer.type !== 'aggregate') throw new Error('a share of these is false');
    return statementsOf(answer.aggregate, voters);
  }

  test('convicts who stands in both bitmaps, by the genesis alone, and nobody else', () => {
    const rules = hotStuff.accountability ?? createNobody();
    const kind = rules.kinds.find(({ id }) => id === 'E2') ?? createNobody();
    const [first, second] = [shownBy([0, 2, 3], 'a'), shownBy([1, 2, 3], 'b')];
    const evidence = prove(kind, [at(first, 1), at(second, 1)], jurisdiction) ?? createNobody();
    expect(evidence.accused).toBe(voters[2]);
    expect(v.safeParse(rules.statement, evidence.parts[0]).success).toBe(true);
    expect(evidenceProblem(rules, evidence, jurisdictionOf(genesis))).toBeNull();
    const framed = evidence.parts.map((part) => ({ ...part, signer: at(voters, 0) }));
    const against = { ...evidence, accused: at(voters, 0), parts: framed };
    expect(evidenceProblem(rules, against, jurisdictionOf(genesis))).toContain('false signature');
    const bits = bitmapOf([at(voters, 0), at(voters, 1), at(voters, 2)], voters);
    const signature = bits.toString(16).padStart(8, '0') + at(second, 1).signature.slice(8);
    const widened = { ...evidence, parts: [at(first, 1), { ...at(second, 1), signature }] };
    expect(evidenceProblem(rules, widened, jurisdictionOf(genesis))).toContain('false signature');
  });
});
