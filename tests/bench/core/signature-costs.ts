/** What signatures cost here, be it Node or a browser's worker: microseconds each. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { memberIdOf } from '#protocols/core/keys.ts';
import { signedText, type Signed } from '#protocols/core/signed.ts';
import { claimsIn } from '#lib/host/claims.ts';
import { createSign, createVerify, type Verify } from '#lib/host/ed25519.ts';
import { createEpochSigner, EpochVerifier } from '#lib/host/signatures.ts';
import type { Signer } from '#lib/host/signer.ts';
import { bytesToHex } from '@noble/hashes/utils.js';
import { SymbolicKeys } from '#lib/simulator/symbolic.ts';

export type SignatureCosts = Readonly<Record<string, number>>;

const domain = { protocol: 'pbft', version: 1, cluster: 'ab'.repeat(32), epoch: 1 };
const secretKey = new Uint8Array(32).fill(7);
const publicKey = ed25519.getPublicKey(secretKey);
const self = memberIdOf(publicKey);
const atOnce = 16;

const bodyOf = (n: number) => ({ kind: 'PREPARE', view: 3, n, digest: 'cd'.repeat(32) });
type Body = ReturnType<typeof bodyOf>;

/** @param times how often each is done */
export async function signatureCosts(times: number): Promise<SignatureCosts> {
  const { subtle } = crypto;
  const bodies = Array.from({ length: times }, (_, n) => bodyOf(n));
  const costs: Record<string, number> = {};
  const took = async (name: string, run: () => Promise<void> | void): Promise<void> => {
    const start = performance.now();
    await run();
    costs[name] = ((performance.now() - start) / times) * 1e3;
  };
  await took('text of a statement', () => {
    for (const body of bodies) signedText(domain, body);
  });
  await symbolic(bodies, took);
  for (const [name, maybe] of [
    ['WebCrypto', subtle],
    ['noble', null],
  ] as const) {
    const sign = await createSign(secretKey, maybe);
    const signer = createEpochSigner({ self, publicKey, sign }, domain);
    const signed: Signed<Body>[] = [];
    await took(`sign, ${name}`, async () => {
      for (const body of bodies) signed.push(await signer.sign(body));
    });
    const verify = createVerify(maybe);
    const verifier = verifierBy(verify);
    await took(`verify, ${name}, one after the other`, async () => {
      for (const statement of signed) await verifier.verify(statement);
    });
    await took(`verify, ${name}, ${atOnce} at once`, async () => {
      const other = verifierBy(verify);
      for (let i = 0; i < signed.length; i += atOnce) {
        await Promise.all(signed.slice(i, i + atOnce).map((one) => other.verify(one)));
      }
    });
    const lies = signed.map((one) => ({ ...one, body: { ...one.body, view: 4 } }));
    await took(`refuse, ${name}`, async () => {
      for (const lie of lies) await verifier.verify(lie);
    });
    if (maybe === null) continue;
    const last = signed.slice(-256);
    await took('know again', async () => {
      for (let i = 0; i < times; i++) await verifier.verify(last[i % last.length] as Signed);
    });
  }
  return costs;
}

async function symbolic(
  bodies: readonly Body[],
  took: (name: string, run: () => void) => Promise<void>,
): Promise<void> {
  const keys = new SymbolicKeys(1, domain, [self]);
  const signer: Signer = keys.signerOf(self);
  const signed: Signed[] = [];
  await took('sign, symbolic', () => {
    for (const body of bodies) signed.push(signer.sign(body) as Signed);
  });
  await took('find and verify, symbolic', () => {
    for (const statement of signed) {
      for (const claim of claimsIn([{ type: 'PREPARE', statement }]).statements) keys.verify(claim);
    }
  });
  const copies = signed.map((statement) => ({ ...statement }));
  await took('verify, symbolic, out of bytes', () => {
    for (const copy of copies) keys.verify(copy);
  });
}

function verifierBy(verify: Verify): EpochVerifier {
  return new EpochVerifier(domain, new Map([[self, bytesToHex(publicKey)]]), verify);
}
