/** What the preflight says, and what it says would help. */
import { describe, expect, test } from 'vitest';
import type { Findings } from '#lib/room/preflight.ts';
import { browserWords, checksOf, summaryOf } from '#lib/view/preflight-words.ts';

const found: Findings = {
  browser: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36',
  secure: true,
  screen: true,
  door: { answerMs: 11.6, stun: true, turn: false },
  ice: { webRtc: true, kinds: ['host', 'srflx'], named: true, openMs: 41 },
  clocks: { workerMs: 3, pageMs: 900 },
  disk: { writeMs: 0.74, persisted: true, quota: 2.4e9 },
};

const check = (over: Partial<Findings>, title: string) =>
  checksOf({ ...found, ...over }).find((one) => one.title === title);

describe('a device', () => {
  test('on which everything works is ready, and nothing needs to help', () => {
    const checks = checksOf(found);
    expect(summaryOf(checks)).toEqual({ tone: 'ok', text: 'Ready: everything works here.' });
    expect(checks.filter(({ remedy }) => remedy !== '')).toEqual([]);
    expect(check({}, 'Storage')?.text).toBe(
      'A safe write takes 0.7 ms, room for 2.4 GB. The browser keeps it.',
    );
  });

  test('is not judged before everything was looked at', () => {
    const checks = checksOf({ ...found, clocks: null });
    expect(summaryOf(checks).tone).toBe('waiting');
  });

  test('whose page alone is slow has a good clock: it is the worker’s', () => {
    expect(check({}, 'Clock')?.tone).toBe('ok');
    expect(check({ clocks: { workerMs: 400, pageMs: 400 } }, 'Clock')).toMatchObject({
      tone: 'unknown',
      remedy: expect.stringContaining('Wi-Fi pace') as string,
    });
  });

  test.each([
    ['Secure context', { secure: false }, 'unknown', /HTTPS/],
    ['Server', { door: { answerMs: null, stun: false, turn: false } }, 'fail', /hotspot/],
    [
      'WebRTC',
      { ice: { webRtc: false, kinds: [], named: false, openMs: null } },
      'unknown',
      /another browser.*relays/,
    ],
    [
      'WebRTC',
      { ice: { webRtc: true, kinds: [], named: false, openMs: null } },
      'unknown',
      /another browser.*relays/,
    ],
    [
      'STUN',
      { ice: { webRtc: true, kinds: ['host'], named: true, openMs: 9 } },
      'unknown',
      /UDP port 3478.*hotspot/,
    ],
    ['TURN', { door: { answerMs: 5, stun: true, turn: true } }, 'unknown', /ICE_SERVERS/],
    ['Storage', { disk: { writeMs: null, persisted: false, quota: null } }, 'fail', /private/],
    ['Storage', { disk: { writeMs: 12, persisted: false, quota: null } }, 'unknown', /asked/],
    ['Screen', { screen: false, secure: false }, 'unknown', /by hand.*HTTPS/],
  ] as const)('with trouble at “%s” is told what would help: %o', (title, over, tone, remedy) => {
    const said = check(over as Partial<Findings>, title);
    expect(said?.tone).toBe(tone);
    expect(said?.remedy).toMatch(remedy);
  });

  test('names in its summary what must be mended before what would be better', () => {
    const broken = { disk: { writeMs: null, persisted: false, quota: null }, secure: false };
    expect(summaryOf(checksOf({ ...found, ...broken })).text).toBe(
      'This needs mending first: Storage.',
    );
    expect(summaryOf(checksOf({ ...found, secure: false })).text).toBe(
      'Ready. It would be better with: Secure context.',
    );
  });
});

test.each([
  [found.browser, 'Chromium 156 on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; rv:153.0) Gecko/20100101 Firefox/153.0',
    'Firefox 153 on Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148 Safari/604.1',
    'Safari 26 on iOS',
  ],
  [
    'Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36 EdgA/156.0',
    'Edge 156 on Android',
  ],
  ['curl/8', 'A browser that this page does not know'],
])('the browser of %s', (agent, words) => {
  expect(browserWords(agent)).toBe(words);
});
