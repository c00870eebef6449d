/** Certificates as lists of Ed25519 signatures and as BLS aggregates, side by side, in Node. */
import { certificateCosts } from '#lib/host/certificate-costs.ts';

const ms = (value: number): string => value.toFixed(2);

export async function measureCertificates({ repeat }: { readonly repeat: number }) {
  const rows: Record<string, string | number>[] = [];
  for (const n of [4, 7, 16, 31]) {
    const times = 3 * repeat;
    const noble = await certificateCosts(n, { times, subtle: null });
    const { quorum, list, aggregate, togetherMs, bisectionMs } = await certificateCosts(n, {
      times,
      subtle: crypto.subtle,
    });
    rows.push({
      n,
      quorum,
      'list, bytes': list.bytes,
      'as JSON': list.jsonBytes,
      'check, WebCrypto, ms': ms(list.checkMs),
      'check, noble, ms': ms(noble.list.checkMs),
      'aggregate, bytes': aggregate.bytes,
      'as JSON too': aggregate.jsonBytes,
      'check, ms': ms(aggregate.checkMs),
      'put together, ms': ms(togetherMs),
      'one of them false, ms': ms(bisectionMs),
    });
  }
  return rows;
}
