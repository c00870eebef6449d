/** What a screen says of the two forms of a certificate (A.4.5). */
import { expect, test } from 'vitest';
import { certificateCosts } from '#lib/host/certificate-costs.ts';
import {
  bytesText,
  certificatesTitle,
  courtTexts,
  formRows,
} from '#lib/view/hotstuff/certificate-words.ts';

const list = { bytes: 193, jsonBytes: 1_030, checkMs: 0.387 };
const aggregate = { bytes: 49, jsonBytes: 278, checkMs: 7.94 };
const costs = { n: 4, quorum: 3, list, aggregate, togetherMs: 8, bisectionMs: 40 };

test('both forms stand side by side, with the one that the room uses marked', () => {
  expect(formRows(costs, true)).toEqual([
    { form: 'List', signatures: '3 by Ed25519', bytes: '193', check: '0.39 ms', chosen: false },
    {
      form: 'Aggregate',
      signatures: '1 by BLS, of 3 shares',
      bytes: '49',
      check: '7.9 ms',
      chosen: true,
    },
  ]);
  expect(formRows(costs, false).map(({ chosen }) => chosen)).toEqual([true, false]);
  expect(bytesText(costs)).toContain('1,030 and 278');
  expect(certificatesTitle(3, true)).toBe('Certificates: aggregates of 3 shares');
  expect(certificatesTitle(3, false)).toBe('Certificates: lists of 3 signatures');
});

test('a milliseconds’ figure has two digits that mean something', () => {
  const slow = { ...costs, aggregate: { ...aggregate, checkMs: 44.14 } };
  expect(formRows(slow, true)[1]?.check).toBe('44 ms');
});

test('[B.4.1] what the court loses is said with the number of those it could not name', () => {
  expect(courtTexts(7)[1]).toContain('at least 3 lied, and could name nobody');
});

test('the figures are measured: bytes grow with the quorum in a list, and hardly in an aggregate', async () => {
  const options = { times: 1, subtle: null };
  const [four, seven] = [await certificateCosts(4, options), await certificateCosts(7, options)];
  expect([four.list.bytes, seven.list.bytes]).toEqual([3 * 64 + 1, 5 * 64 + 1]);
  expect([four.aggregate.bytes, seven.aggregate.bytes]).toEqual([49, 49]);
  for (const { list: one, aggregate: other } of [four, seven]) {
    expect(Math.min(one.checkMs, other.checkMs)).toBeGreaterThan(0);
    expect(other.jsonBytes).toBeLessThan(one.jsonBytes);
  }
});
