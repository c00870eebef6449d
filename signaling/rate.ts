/**
 * Token buckets. A conference hall of 64 people enters from one address within seconds and must pass; somebody who
 * hammers the door must not. Each number says which honest burst it was made for.
 */

export interface BucketShape {
  /** Tokens of a full bucket: the burst that passes at once. */
  readonly burst: number;
  /** Tokens that come back each second. */
  readonly perSecond: number;
}

export interface Bucket {
  tokens: number;
  /** Time of the last refill, ms. */
  at: number;
}

export const rates = {
  /** 64 tabs that enter, reload and reconnect at once, thrice over. Stops sockets opened in a loop. */
  connectionsPerAddress: { burst: 256, perSecond: 16 },
  /** Checking a signature costs a millisecond: 64 entries with retries. Stops proofs sent to burn the CPU. */
  entriesPerAddress: { burst: 256, perSecond: 16 },
  /**
   * Codes that name no room: a hall that mistypes, and rooms that come back to a restarted server. Stops one that
   * guesses: with 1,000 rooms open it finds one of 30^6 codes in 84 days.
   */
  guessesPerAddress: { burst: 128, perSecond: 0.1 },
  /** A tab that looks for a room by mistyped codes. */
  entriesPerSocket: { burst: 12, perSecond: 0.5 },
  /** 63 links with about ten messages each, twice. Stops a tab that floods its room. */
  messagesPerSocket: { burst: 2_000, perSecond: 100 },
  /** A full mesh of 64 is about 11,000 messages; all of it may come from one address, and again after a restart. */
  messagesPerAddress: { burst: 40_000, perSecond: 2_000 },
  /** STUN: a full mesh of 64 in one conference asks some 8,000 times within seconds. Stops a mirror for floods. */
  bindingsPerAddress: { burst: 20_000, perSecond: 200 },
  /** Bytes of one tab for pairs that no network connects. A snapshot of 4 MiB at once; a replica needs a few KiB/s. */
  relayBytesPerSocket: { burst: 8 * 1_048_576, perSecond: 1_048_576 },
  /** Bytes of all tabs. Stops a server that many rooms take for their network from starving its door. */
  relayBytesOfServer: { burst: 256 * 1_048_576, perSecond: 32 * 1_048_576 },
} as const satisfies Record<string, BucketShape>;

/** A message costs one token, and one more for each of these: large messages drain sooner than small ones. */
export const bytesPerToken = 4_096;

export const messageCost = (bytes: number): number => 1 + Math.floor(bytes / bytesPerToken);

export function createBucket(shape: BucketShape, now: number): Bucket {
  return { tokens: shape.burst, at: now };
}

/** Takes `cost` tokens if they are there. A refusal takes none, so who slows down is served again. */
export function take(bucket: Bucket, shape: BucketShape, now: number, cost = 1): boolean {
  refill(bucket, shape, now);
  if (bucket.tokens < cost) return false;
  bucket.tokens -= cost;
  return true;
}

/** Takes `cost` tokens, there or not; returns the ms until what was owed has come back, 0 if nothing is. */
export function spend(bucket: Bucket, shape: BucketShape, now: number, cost: number): number {
  refill(bucket, shape, now);
  bucket.tokens -= cost;
  return bucket.tokens >= 0 ? 0 : (-bucket.tokens / shape.perSecond) * 1_000;
}

function refill(bucket: Bucket, shape: BucketShape, now: number): void {
  const seconds = Math.max(0, now - bucket.at) / 1_000;
  bucket.tokens = Math.min(shape.burst, bucket.tokens + seconds * shape.perSecond);
  bucket.at = now;
}

/** One bucket for each address. Full buckets are forgotten, so memory follows those who are busy now. */
export interface AddressBuckets {
  readonly shape: BucketShape;
  readonly buckets: Map<string, Bucket>;
}

/** Somebody with a whole network of addresses could fill the map; beyond this, all newcomers share one bucket. */
export const addressesMax = 20_000;
const everybodyElse = '*';

export function createAddressBuckets(shape: BucketShape): AddressBuckets {
  return { shape, buckets: new Map() };
}

export function takeFor(all: AddressBuckets, address: string, now: number, cost = 1): boolean {
  return take(bucketFor(all, address, now), all.shape, now, cost);
}

/** Whether one token is there; takes none. */
export function hasFor(all: AddressBuckets, address: string, now: number): boolean {
  const bucket = bucketFor(all, address, now);
  refill(bucket, all.shape, now);
  return bucket.tokens >= 1;
}

function bucketFor(all: AddressBuckets, address: string, now: number): Bucket {
  const key = all.buckets.has(address) || all.buckets.size < addressesMax ? address : everybodyElse;
  const bucket = all.buckets.get(key) ?? createBucket(all.shape, now);
  all.buckets.set(key, bucket);
  return bucket;
}

/** Forgets who has been quiet long enough for its bucket to be full again. */
export function forgetQuiet(all: AddressBuckets, now: number): void {
  for (const [address, bucket] of all.buckets) {
    refill(bucket, all.shape, now);
    if (bucket.tokens >= all.shape.burst) all.buckets.delete(address);
  }
}

/** What counts as one address: an IPv4 address, or the /64 network that one IPv6 household has to itself. */
export function addressKey(remote: string | undefined): string {
  const address = (remote ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':') + '::/64';
}
