import { expect, test } from 'vitest';
import {
  addressKey,
  addressesMax,
  createAddressBuckets,
  createBucket,
  forgetQuiet,
  messageCost,
  rates,
  spend,
  take,
  takeFor,
} from '#signaling/rate.ts';

const shape = { burst: 3, perSecond: 2 };

test('a burst passes, one more does not, and tokens come back with time', () => {
  const bucket = createBucket(shape, 0);
  const taken = [0, 0, 0, 0, 499, 500, 501].map((now) => take(bucket, shape, now));
  expect(taken).toEqual([true, true, true, false, false, true, false]);
});

test('a bucket never holds more than its burst', () => {
  const bucket = createBucket(shape, 0);
  const hour = 3_600_000;
  expect([1, 2, 3, 4].map(() => take(bucket, shape, hour))).toEqual([true, true, true, false]);
});

test('a clock that goes back gives no tokens', () => {
  const bucket = createBucket(shape, 1_000);
  for (let i = 0; i < 3; i += 1) take(bucket, shape, 1_000);
  expect(take(bucket, shape, 0)).toBe(false);
});

test('a large message costs more than a small one', () => {
  expect(messageCost(10)).toBe(1);
  expect(messageCost(65_536)).toBe(17);
});

test('what is spent beyond the tokens is owed, and the wait for it is said', () => {
  const bucket = createBucket(shape, 0);
  expect([3, 1, 1].map((cost) => spend(bucket, shape, 0, cost))).toEqual([0, 500, 1_000]);
  expect(spend(bucket, shape, 1_000, 0)).toBe(0);
});

test('one address does not use up the tokens of another', () => {
  const all = createAddressBuckets({ burst: 1, perSecond: 1 });
  const taken = ['a', 'a', 'b'].map((address) => takeFor(all, address, 0));
  expect(taken).toEqual([true, false, true]);
});

test('quiet addresses are forgotten, busy ones are not', () => {
  const all = createAddressBuckets({ burst: 2, perSecond: 1 });
  takeFor(all, 'quiet', 0);
  takeFor(all, 'busy', 900);
  forgetQuiet(all, 1_000);
  expect([...all.buckets.keys()]).toEqual(['busy']);
});

test('somebody with a whole network of addresses shares one bucket beyond a bound', () => {
  const all = createAddressBuckets({ burst: 1, perSecond: 1 });
  for (let i = 0; i < addressesMax; i += 1) takeFor(all, `a${i}`, 0);
  expect(takeFor(all, 'one more', 0)).toBe(true);
  expect(takeFor(all, 'yet another', 0)).toBe(false);
  expect(all.buckets.size).toBe(addressesMax + 1);
});

test('a conference of 64 enters within ten seconds, with every introduction, from one address', () => {
  const [connections, entries, messages] = [
    createAddressBuckets(rates.connectionsPerAddress),
    createAddressBuckets(rates.entriesPerAddress),
    createAddressBuckets(rates.messagesPerAddress),
  ];
  const passed: boolean[] = [];
  for (let tab = 0; tab < 64; tab += 1) {
    const now = (tab * 10_000) / 64;
    passed.push(takeFor(connections, 'hall', now), takeFor(entries, 'hall', now));
    // Ten messages of up to 8 KiB with each of those who came before.
    for (let i = 0; i < tab * 10; i += 1) passed.push(takeFor(messages, 'hall', now, 2));
  }
  expect(passed).not.toContain(false);
});

test('an address is an IPv4 address, however written, or a /64 network of IPv6', () => {
  expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
  expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(addressKey('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
  expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(addressKey('::1')).toBe('0:0:0:0::/64');
  expect(addressKey(undefined)).toBe('unknown');
});
