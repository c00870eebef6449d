/** What a certificate takes in each of its forms, in bytes and in time, on the machine that asks: nothing of it is known beforehand. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { memberIdOf } from '#protocols/core/keys.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import { shareText, signedText, type Signed, type SigningDomain } from '#protocols/core/signed.ts';
import { putTogether } from './aggregating.ts';
import { BlsScheme, shareHolder } from './bls.ts';
import { createSign, createVerify } from './ed25519.ts';

export interface CertificateCost {
  /** Of its signatures, and of a bitmap of who signed. */
  readonly bytes: number;
  /** Of its votes as JSON, before anything is packed. */
  readonly jsonBytes: number;
  /** Of checking it once, a median, in ms. */
  readonly checkMs: number;
}

export interface CertificateCosts {
  readonly n: number;
  readonly quorum: number;
  readonly list: CertificateCost;
  readonly aggregate: CertificateCost;
  /** Of putting the shares of a quorum together and checking the whole, and of finding one that is false among them. */
  readonly togetherMs: number;
  readonly bisectionMs: number;
}

export interface CostOptions {
  /** How often each is measured, from 1; once before that nobody counts. */
  readonly times: number;
  /** `null`: noble alone. */
  readonly subtle: SubtleCrypto | null;
}

const domain: SigningDomain = {
  protocol: 'hotstuff',
  version: 3,
  cluster: 'ab'.repeat(32),
  epoch: 1,
};

/** A vote of a view of its own each time: what was found good once is not looked at again. */
const voteIn = (view: number) => ({
  kind: 'VOTE',
  phase: 'generic',
  view,
  block: 'cd'.repeat(32),
  justifyView: view - 1,
  lockView: view - 2,
});

export async function certificateCosts(n: number, options: CostOptions): Promise<CertificateCosts> {
  const quorum = byzantineQuorum(n);
  const bitmapBytes = Math.ceil(n / 8);
  const signers = await Promise.all(
    Array.from({ length: quorum }, (_, i) => signerOf(i, options.subtle)),
  );
  const list = await costOfList(signers, bitmapBytes, options);
  return { n, quorum, list, ...(await costsOfAggregate(signers, bitmapBytes, options)) };
}

type VotingSigner = Awaited<ReturnType<typeof signerOf>>;

async function signerOf(i: number, subtle: SubtleCrypto | null) {
  const seed = new Uint8Array(32).fill(i + 1);
  const publicKey = ed25519.getPublicKey(seed);
  const sign = await createSign(seed, subtle);
  return { id: memberIdOf(publicKey), publicKey, sign, holder: shareHolder(seed) };
}

async function costOfList(
  signers: readonly VotingSigner[],
  bitmapBytes: number,
  { times, subtle }: CostOptions,
): Promise<CertificateCost> {
  const verify = createVerify(subtle);
  const lists: Signed[][] = [];
  for (let view = 2; view < times + 3; view++) {
    const body = voteIn(view);
    const text = utf8ToBytes(signedText(domain, body));
    const votes = signers.map(async ({ id, sign }) => {
      return { body, signer: id, signature: bytesToHex(await sign(text)) };
    });
    lists.push(await Promise.all(votes));
  }
  const keys = new Map(signers.map(({ id, publicKey }) => [id, publicKey]));
  const isGood = async ({ body, signer, signature }: Signed): Promise<boolean> => {
    const key = keys.get(signer);
    const text = utf8ToBytes(signedText(domain, body));
    return key !== undefined && verify(key, text, hexToBytes(signature));
  };
  const checkMs = await median(lists, async (votes) => {
    hold((await Promise.all(votes.map(isGood))).every(Boolean));
  });
  return { bytes: 64 * signers.length + bitmapBytes, jsonBytes: jsonBytes(lists[0]), checkMs };
}

async function costsOfAggregate(
  signers: readonly VotingSigner[],
  bitmapBytes: number,
  { times }: CostOptions,
): Promise<Pick<CertificateCosts, 'aggregate' | 'togetherMs' | 'bisectionMs'>> {
  const ids = signers.map(({ id }) => id);
  const keys = signers.map(({ holder }) => holder.publicKey);
  const scheme = new BlsScheme(domain, ids, keys);
  const other = new BlsScheme(domain, ids, keys);
  const shared = Array.from({ length: times + 1 }, (_, i) => sharesIn(i + 2, signers));
  const aggregates: unknown[] = [];
  const togetherMs = await median(shared, (shares) => {
    const answer = putTogether(scheme, shares);
    hold(answer.type === 'aggregate');
    if (answer.type === 'aggregate') aggregates.push(answer.aggregate);
  });
  const checkMs = await median(aggregates, (aggregate) =>
    hold(other.isGood(aggregate as Parameters<typeof other.isGood>[0])),
  );
  // One of them is of another view.
  const broken = shared.map((shares, i) => {
    const { share = '' } = shared[(i + 1) % shared.length]?.[0] ?? {};
    return shares.map((one, place) => (place === 0 ? { ...one, share } : one));
  });
  const bisectionMs = await median(broken, (shares) =>
    hold(putTogether(scheme, shares).type === 'falseShares'),
  );
  const aggregate = { bytes: 48 + bitmapBytes, jsonBytes: jsonBytes(aggregates[0]), checkMs };
  return { aggregate, togetherMs, bisectionMs };
}

function sharesIn(view: number, signers: readonly VotingSigner[]): Signed[] {
  const body = voteIn(view);
  const text = shareText(domain, body);
  return signers.map(({ id, holder }) => {
    return { body, signer: id, signature: '', share: holder.share(text) };
  });
}

/** Of all but the first, in ms. */
async function median<T>(subjects: readonly T[], run: (subject: T) => unknown): Promise<number> {
  const took: number[] = [];
  for (const subject of subjects) {
    const start = performance.now();
    await run(subject);
    took.push(performance.now() - start);
  }
  const sorted = took.slice(1).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function hold(isAsItShould: boolean): void {
  if (!isAsItShould) throw new Error('what was measured went wrong');
}

const jsonBytes = (value: unknown): number => utf8ToBytes(JSON.stringify(value)).length;
