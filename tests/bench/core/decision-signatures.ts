/**
 * Decisions per second under Ed25519, beside what their signatures alone would allow: in time that passed, and in
 * processor time, which other work on the same machine hardly touches.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import { createSign, createVerify } from '#lib/host/ed25519.ts';
import {
  costOf,
  median,
  plus,
  ratio,
  times,
  type BenchOptions,
  type Cost,
  type Row,
} from './measure.ts';
import { Ed25519Cluster, type Signatures } from './ed25519-cluster.ts';
import { measuredHotStuff, measuredPbft, type Measured } from './protocols.ts';

/** Signatures made or checked at once where their costs are taken: all cores have work. */
const atOnce = 16;
const costTimes = 480;

interface Repetition extends Signatures {
  /** Of a decision: fewer than a batch where blocks are empty while the next request is on its way to a leader. */
  readonly requests: number;
  readonly fewest: Signatures;
  /** Of a decision. `signed` and `verified` are per decision too, by all replicas together. */
  readonly took: Cost;
  /** Of its signatures alone: those that were made and checked, and the fewest that it takes. */
  readonly bound: Cost;
  readonly fewestBound: Cost;
}

/** The fewest signatures of a decision of `n` replicas about so many requests. */
type Fewest = (n: number, requests: number) => Signatures;

interface Signing<M, S, N> {
  readonly measured: Measured<M, S, N>;
  readonly fewest: Fewest;
}

export function measurePbftSignatures(options: BenchOptions): Promise<Row[]> {
  return measureSignaturesOf({ measured: measuredPbft, fewest: fewestOfPbft }, options);
}

export function measureHotStuffSignatures(options: BenchOptions): Promise<Row[]> {
  return measureSignaturesOf({ measured: measuredHotStuff, fewest: fewestOfHotStuff }, options);
}

async function measureSignaturesOf<M, S, N>(
  signing: Signing<M, S, N>,
  { repeat, commands }: BenchOptions,
): Promise<Row[]> {
  const kinds = [4, 7].flatMap((n) => [1, 64].map((batch) => ({ n, batch })));
  const rows: Row[] = [];
  for (const { n, batch } of kinds) {
    const decisions = Math.ceil(commands / (batch === 1 ? 100 : 400));
    const all: Repetition[] = [];
    // The first round warms up.
    for (let i = 0; i <= repeat; i++) {
      const one = await repetition(signing, { n, batch, decisions });
      if (i > 0) all.push(one);
    }
    const of = (figure: (one: Repetition) => number) => Number(median(all.map(figure)).toFixed(1));
    const share = (bound: 'bound' | 'fewestBound', of: keyof Cost) =>
      Number(
        ratio(
          all.map((one) => one[bound][of]),
          all.map(({ took }) => took[of]),
        ).toFixed(2),
      );
    rows.push({
      n,
      batch,
      'decisions/s': of(({ took }) => 1 / took.passed),
      'requests/decision': of(({ requests }) => requests),
      signed: of(({ signed }) => signed),
      'least signed': of(({ fewest }) => fewest.signed),
      verified: of(({ verified }) => verified),
      'least verified': of(({ fewest }) => fewest.verified),
      'of the bound': share('bound', 'passed'),
      'of the bound, processors': share('bound', 'processors'),
      'of the least': share('fewestBound', 'passed'),
      'of the least, processors': share('fewestBound', 'processors'),
    });
  }
  return rows;
}

/** The costs of signatures are taken before and after, in the same process. */
async function repetition<M, S, N>(
  signing: Signing<M, S, N>,
  { n, batch, decisions }: Readonly<Record<'n' | 'batch' | 'decisions', number>>,
): Promise<Repetition> {
  const cluster = await Ed25519Cluster.of(signing.measured, n);
  await cluster.decide(await cluster.requests(Math.ceil(decisions / 4), batch));
  const requests = await cluster.requests(decisions, batch);
  const before = { ...cluster.signatures, decisions: cluster.decisions };
  const costs = [await costsOfSignatures()];
  const cost = await costOf(() => cluster.decide(requests));
  costs.push(await costsOfSignatures());
  const made = cluster.decisions - before.decisions;
  if (made < decisions) throw new Error(`${decisions} batches made ${made} decisions`);
  const signed = (cluster.signatures.signed - before.signed) / made;
  const verified = (cluster.signatures.verified - before.verified) / made;
  const fewest = signing.fewest(n, (decisions * batch) / made);
  const bound = (counts: Signatures): Cost =>
    costs
      .flatMap(({ sign, verify }) => [times(sign, counts.signed), times(verify, counts.verified)])
      .map((cost) => times(cost, 1 / costs.length))
      .reduce(plus);
  return {
    took: times(cost, 1 / made),
    requests: (decisions * batch) / made,
    signed,
    verified,
    fewest,
    bound: bound({ signed, verified }),
    fewestBound: bound(fewest),
  };
}

/**
 * A decision takes a pre-prepare, a prepare of each backup and a commit of each replica. Checked are at least the
 * pre-prepare by each backup, as many prepares and commits of others as a quorum needs (8 and 16 for four replicas), and
 * each client's request by each replica. Checkpoints are not counted.
 */
function fewestOfPbft(n: number, requests: number): Signatures {
  const quorum = byzantineQuorum(n);
  const prepares = quorum - 1 + (n - 1) * (quorum - 2);
  return { signed: 2 * n, verified: n - 1 + prepares + n * (quorum - 1) + n * requests };
}

/**
 * A block of chained HotStuff takes a proposal and a vote of each replica. Checked are at least the proposal by each other,
 * as many votes of others as a quorum needs by the leader that counts them, and each vote of the certificate by each
 * other but its signer; and each client's request by each replica.
 */
function fewestOfHotStuff(n: number, requests: number): Signatures {
  const quorum = byzantineQuorum(n);
  const certificates = (n - 1) * quorum - (quorum - 1);
  return { signed: n + 1, verified: n - 1 + quorum - 1 + certificates + n * requests };
}

/** Of one each. */
async function costsOfSignatures(): Promise<{ sign: Cost; verify: Cost }> {
  const secretKey = new Uint8Array(32).fill(9);
  const publicKey = ed25519.getPublicKey(secretKey);
  const message = new Uint8Array(300).fill(5);
  const sign = await createSign(secretKey, crypto.subtle);
  const verify = createVerify(crypto.subtle);
  const signature = await sign(message);
  const good = await verify(publicKey, message, signature);
  if (!good) throw new Error('a good signature was refused');
  return {
    sign: await costOfEach(() => sign(message)),
    verify: await costOfEach(() => verify(publicKey, message, signature)),
  };
}

async function costOfEach(run: () => Promise<unknown>): Promise<Cost> {
  const all = async () => {
    for (let i = 0; i < costTimes; i += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, run));
    }
  };
  return times(await costOf(all), 1 / costTimes);
}
