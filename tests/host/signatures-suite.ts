/** What is promised of signatures at the edge, in Node and in Chromium, with WebCrypto and without. */
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { ClientRequest, SignedRequest } from '#protocols/core/client.ts';
import { clientId } from '#protocols/core/ids.ts';
import { memberIdOf } from '#protocols/core/keys.ts';
import { limits } from '#protocols/core/limits.ts';
import {
  notYetSigned,
  requestText,
  say,
  signedSchema,
  signedText,
  type Signed,
} from '#protocols/core/signed.ts';
import { createSign, createVerify, type Verify } from '#lib/host/ed25519.ts';
import { createEpochSigner, EpochVerifier } from '#lib/host/signatures.ts';
import type { Signer } from '#lib/host/signer.ts';
import { mixedKey, signWithSmallOrderNonce, smallOrderKeys } from '../room/signature-vectors.ts';

const domain = { protocol: 'pbft', version: 1, cluster: 'ab'.repeat(32), epoch: 2 };
const body = { kind: 'PREPARE', view: 1, n: 7, digest: 'cd'.repeat(32) };
type Body = typeof body;

function member(seed: number) {
  const secretKey = new Uint8Array(32).fill(seed);
  const publicKey = ed25519.getPublicKey(secretKey);
  return { secretKey, publicKey, key: bytesToHex(publicKey), id: memberIdOf(publicKey) };
}
const [ana, ben, stranger] = [member(1), member(2), member(3)];
const request: ClientRequest = {
  client: clientId(stranger.id, '00000001'),
  seq: 4,
  ackedBelow: 2,
  command: { op: 'put', key: 'k', value: 'v' },
};

async function signerOf(
  { id, publicKey, secretKey }: typeof ana,
  subtle: SubtleCrypto | null,
  elsewhere: Partial<typeof domain> = {},
): Promise<Signer> {
  const sign = await createSign(secretKey, subtle);
  return createEpochSigner({ self: id, publicKey, sign }, { ...domain, ...elsewhere });
}

/** Counts how often a signature was looked at. */
class Counting {
  count = 0;
  readonly verifier: EpochVerifier;

  constructor(subtle: SubtleCrypto | null) {
    const verify = createVerify(subtle);
    const counted: Verify = (key, message, signature) => {
      this.count++;
      return verify(key, message, signature);
    };
    const keys = new Map([ana, ben].map(({ id, key }) => [id, key]));
    this.verifier = new EpochVerifier(domain, keys, counted);
  }
}

export function signaturesSuite(webCrypto: SubtleCrypto): void {
  describe.each([
    ['with WebCrypto', webCrypto],
    ['without a secure context', null],
  ])('%s', (_, subtle) => {
    const verifier = () => new Counting(subtle).verifier;

    test('what is signed is good, out of bytes too, and the texts are those agreed', async () => {
      const signed = await (await signerOf(ana, subtle)).sign(body);
      const read = JSON.parse(JSON.stringify(signed)) as Signed<Body>;
      expect(await verifier().verify(read)).toBe(true);
      expect(signedText(domain, body)).toBe(
        `synod/statement/1 pbft/1 ${'ab'.repeat(32)} 2 ` +
          `{"digest":"${'cd'.repeat(32)}","kind":"PREPARE","n":7,"view":1}`,
      );
      const proved = await (await signerOf(stranger, subtle)).signRequest(request);
      expect(await verifier().verifyRequest(proved)).toBe(true);
      expect(requestText(domain, proved)).toBe(
        `synod/request/1 pbft/1 ${'ab'.repeat(32)} 2 {"ackedBelow":2,"client":"${request.client}",` +
          `"command":{"key":"k","op":"put","value":"v"},"seq":4}`,
      );
    });

    test('[K8] a statement of another protocol, version, cluster or epoch, and of another kind, is not good', async () => {
      for (const elsewhere of [
        { protocol: 'hotstuff' },
        { version: 2 },
        { cluster: 'ac'.repeat(32) },
        { epoch: 3 },
      ]) {
        const signer = await signerOf(ana, subtle, elsewhere);
        expect(await verifier().verify(await signer.sign(body))).toBe(false);
        expect(await verifier().verifyRequest(await signer.signRequest(request))).toBe(false);
      }
      const { signature } = await (await signerOf(ana, subtle)).sign(body);
      const asCommit = { body: { ...body, kind: 'COMMIT' }, signer: ana.id, signature };
      expect(await verifier().verify(asCommit)).toBe(false);
    });

    test('[K9] changed, in another name, by a stranger, unsigned or malformed: not good, and nothing is thrown', async () => {
      const signed = await (await signerOf(ana, subtle)).sign(body);
      const byStranger = await (await signerOf(stranger, subtle)).sign(body);
      const refused: Signed[] = [
        { ...signed, body: { ...body, view: 2 } as Body },
        { ...signed, signer: ben.id },
        byStranger,
        { ...byStranger, signer: ana.id },
        say(ana.id, body),
        { ...signed, signature: notYetSigned },
        { ...signed, signature: 'zz'.repeat(64) },
        { ...signed, signature: signed.signature.toUpperCase() },
        { ...signed, signature: 'ff'.repeat(64) },
        { ...signed, body: { kind: 'PREPARE', view: 0.5 } as never },
        { ...signed, body: { kind: '\ud800' } },
      ];
      for (const statement of refused) expect(await verifier().verify(statement)).toBe(false);
    });

    test('[K9] a request in the name of another member’s client is not good', async () => {
      const proved = await (await signerOf(stranger, subtle)).signRequest(request);
      const client = clientId(ana.id, '00000001');
      const inAnasName = await (
        await signerOf(stranger, subtle)
      ).signRequest({ ...request, client });
      const refused: SignedRequest[] = [
        inAnasName,
        { ...proved, client },
        { ...proved, seq: 5 },
        { ...proved, ackedBelow: 3 },
        { ...proved, command: { op: 'delete', key: 'k' } },
        { ...proved, proof: { ...proved.proof, key: ana.key } },
        { ...proved, proof: { ...proved.proof, key: 'zz'.repeat(32) } },
        { ...proved, proof: { ...proved.proof, key: '' } },
        { ...proved, proof: { ...proved.proof, signature: notYetSigned } },
      ];
      for (const forged of refused) expect(await verifier().verifyRequest(forged)).toBe(false);
    });

    test('a key twice in the text: the last counts, and only its own signature is good', async () => {
      const schema = signedSchema(
        v.strictObject({
          kind: v.literal('PREPARE'),
          view: v.number(),
          n: v.number(),
          digest: v.string(),
        }),
      );
      const signer = await signerOf(ana, subtle);
      const other = { ...body, view: 2 };
      for (const [under, expected] of [
        [body, false],
        [other, true],
      ] as const) {
        const { signature } = await signer.sign(under);
        const text =
          `{"body":${JSON.stringify(body)},"body":${JSON.stringify(other)},` +
          `"signer":"${ana.id}","signature":"${signature}"}`;
        const read = v.parse(schema, JSON.parse(text)) as Signed;
        expect(await verifier().verify(read)).toBe(expected);
      }
    });

    test('crafted signatures on which verifiers disagree are decided as ZIP215 does', async () => {
      const message = utf8ToBytes(signedText(domain, body));
      for (let at = 0; at < 7; at++) {
        const signature = bytesToHex(signWithSmallOrderNonce(ana.secretKey, message, at));
        expect(await verifier().verify({ body, signer: ana.id, signature })).toBe(true);
      }
      const text = utf8ToBytes(requestText(domain, request));
      for (let at = 0; at < 7; at++) {
        const signature = bytesToHex(signWithSmallOrderNonce(stranger.secretKey, text, at));
        const proof = { key: stranger.key, signature };
        expect(await verifier().verifyRequest({ ...request, proof })).toBe(true);
      }
    });

    test('a client’s key of small order, and a mixed one, is refused whatever its signature', async () => {
      for (const { publicKey, signature } of smallOrderKeys) {
        const proof = { key: bytesToHex(publicKey), signature: bytesToHex(signature) };
        const client = clientId(memberIdOf(publicKey), '00000001');
        expect(await verifier().verifyRequest({ ...request, client, proof })).toBe(false);
      }
      const proof = { key: bytesToHex(mixedKey), signature: '00'.repeat(64) };
      const client = clientId(memberIdOf(mixedKey), '00000001');
      expect(await verifier().verifyRequest({ ...request, client, proof })).toBe(false);
    });

    test('is looked at once: seen again alone or inside others, it is known', async () => {
      const counting = new Counting(subtle);
      const signed = await (await signerOf(ana, subtle)).sign(body);
      const proved = await (await signerOf(stranger, subtle)).signRequest(request);
      await counting.verifier.verify(signed);
      await counting.verifier.verifyRequest(proved);
      expect(counting.count).toBe(2);
      const copy = JSON.parse(JSON.stringify(signed)) as Signed;
      expect(counting.verifier.verify(copy)).toBe(true);
      expect(counting.verifier.verifyRequest({ ...proved })).toBe(true);
      expect(counting.count).toBe(2);
      // A signature that is known says nothing about another body, nor for another signer.
      expect(await counting.verifier.verify({ ...copy, body: { ...body, n: 8 } as Body })).toBe(
        false,
      );
      expect(await counting.verifier.verify({ ...copy, signer: ben.id })).toBe(false);
      expect(await counting.verifier.verifyRequest({ ...proved, seq: 9 })).toBe(false);
    });
  });

  test('what is bad is not remembered, and a liar pushes out its own signatures only', async () => {
    const counting = new Counting(webCrypto);
    const { verifier } = counting;
    const [byAna, byBen] = [await signerOf(ana, webCrypto), await signerOf(ben, webCrypto)];
    const honest = await byBen.sign(body);
    await verifier.verify(honest);
    const first = await byAna.sign({ ...body, n: 0 });
    await verifier.verify(first);
    for (let n = 1; n <= limits.recentStatements.signaturesMax; n++) {
      await verifier.verify(await byAna.sign({ ...body, n }));
    }
    const { count } = counting;
    expect(verifier.verify(honest)).toBe(true);
    expect(counting.count).toBe(count);
    await verifier.verify(first);
    expect(counting.count).toBe(count + 1);
    const lie = { ...honest, signature: 'ff'.repeat(64) };
    for (let i = 0; i < 2; i++) expect(await verifier.verify(lie)).toBe(false);
    expect(counting.count).toBe(count + 3);
  });
}
