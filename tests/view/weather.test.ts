/** What the lobby says of the network between the devices. */
import { describe, expect, test } from 'vitest';
import type { Path } from '#lib/mesh/transport.ts';
import type { DeviceFacts } from '#lib/room/device.ts';
import type { LobbyMember } from '#lib/view/types.ts';
import {
  cellText,
  deviceCells,
  deviceNotes,
  pairsOf,
  pairWords,
  proposalOf,
  verdictOf,
  worstFirst,
} from '#lib/view/weather.ts';
import { idOf } from '../components/fixtures.ts';

const facts: DeviceFacts = {
  webRtc: true,
  candidates: ['host', 'srflx'],
  secure: true,
  persisted: false,
};

interface Told {
  readonly to: number;
  readonly tripMs: number;
  readonly worstMs?: number;
  readonly path?: Path;
}

function member(n: number, links: readonly Told[], over: Partial<DeviceFacts> = {}): LobbyMember {
  return {
    id: idOf(n),
    name: ['Ana', 'Ben', 'Cleo', 'Dan'][n] ?? `Guest ${n}`,
    mine: n === 0,
    facilitator: n === 0,
    wantsSeat: true,
    linkedWith: links.map(({ to }) => idOf(to)),
    link: null,
    device: {
      type: 'device',
      lagMs: 3,
      facts: { ...facts, ...over },
      links: links.map(({ to, tripMs, worstMs = tripMs, path = 'direct' }) => ({
        peer: idOf(to),
        tripMs,
        worstMs,
        path,
      })),
    },
  };
}

const two = (ofAna: Omit<Told, 'to'>, ofBen: Omit<Told, 'to'>, over: Partial<DeviceFacts> = {}) => [
  member(0, [{ to: 1, ...ofAna }]),
  member(1, [{ to: 0, ...ofBen }], over),
];

describe('a pair', () => {
  test('is as slow as the slower of its ends finds it', () => {
    expect(pairsOf(two({ tripMs: 12 }, { tripMs: 48 }))).toMatchObject([
      { tripMs: 48, path: 'direct', linked: true, tone: 'ok' },
    ]);
  });

  test('that goes through the server is worth a look, and one without a link is bad', () => {
    const [relayed] = pairsOf(
      two({ tripMs: 20, path: 'relayed' }, { tripMs: 20, path: 'relayed' }),
    );
    const [none] = pairsOf([member(0, []), member(1, [])]);
    expect([relayed?.tone, none?.tone]).toEqual(['unknown', 'fail']);
    expect([relayed, none].map((pair) => pair && cellText(pair))).toEqual(['20 R', '–']);
    expect([relayed, none].map((pair) => pair && pairWords(pair))).toEqual([
      '20 ms, through the server, since no network connects the two devices',
      'not connected',
    ]);
  });
});

describe('the room', () => {
  test('is judged by its worst pair: none before relayed before slow', () => {
    const members = [
      member(0, [
        { to: 1, tripMs: 400 },
        { to: 2, tripMs: 9, path: 'relayed' },
      ]),
      member(1, [{ to: 0, tripMs: 400 }]),
      member(2, [{ to: 0, tripMs: 9, path: 'relayed' }]),
    ];
    const order = worstFirst(pairsOf(members)).map(({ a, b }) => `${a.name} ${b.name}`);
    expect(order).toEqual(['Ben Cleo', 'Ana Cleo', 'Ana Ben']);
    const { tone, text, remedy } = verdictOf(pairsOf(members));
    expect([tone, text]).toEqual(['fail', 'Ben – Cleo: no way through yet.']);
    expect(remedy).toMatch(/hotspot.*TURN.*relays/);
  });

  test('that works says how well', () => {
    expect(verdictOf(pairsOf(two({ tripMs: 12 }, { tripMs: 14 })))).toEqual({
      tone: 'ok',
      text: 'All pairs are connected directly, and quick: at worst Ana – Ben (14 ms).',
      remedy: '',
    });
  });

  test('that is slow is told to come nearer or to take more time', () => {
    const { tone, text, remedy } = verdictOf(pairsOf(two({ tripMs: 212 }, { tripMs: 190 })));
    expect([tone, text]).toEqual(['unknown', 'Ana – Ben is the slowest pair (212 ms).']);
    expect(remedy).toMatch(/access point.*hotspot.*timeouts/);
    expect(verdictOf(pairsOf(two({ tripMs: 900 }, { tripMs: 1 }))).tone).toBe('fail');
  });

  test('with a browser without WebRTC is told so, and not to mend the network', () => {
    const relayed = { tripMs: 20, path: 'relayed' } as const;
    const { text, remedy } = verdictOf(pairsOf(two(relayed, relayed, { webRtc: false })));
    expect(text).toContain('one has no WebRTC');
    expect(remedy).toBe('Ben’s browser has no WebRTC, or forbids it: try another.');
  });

  test('of one says that nobody is there', () => {
    expect(verdictOf(pairsOf([member(0, [])])).text).toBe('Nobody else is here yet.');
  });
});

describe('devices', () => {
  test('without a secure context are named with the cure, and late ones with theirs', () => {
    const insecure = member(1, [], { secure: false });
    const fine = member(0, []);
    const late = { ...fine, device: fine.device && { ...fine.device, lagMs: 1_400 } };
    expect(deviceNotes([late, insecure])).toEqual([
      'Slow just now: Ana. Close other tabs and programs there.',
      'Over plain http: Ben. The screen is not kept on and storage may be cleared; HTTPS mends both.',
    ]);
    expect(deviceNotes([fine])).toEqual([]);
  });

  test('say what they can do once they know', () => {
    expect(deviceCells(member(0, []))).toEqual({
      webRtc: 'yes',
      addresses: 'own, STUN',
      late: '3 ms',
      storage: 'clearable',
    });
    expect(deviceCells({ ...member(0, []), device: null }).webRtc).toBe('…');
  });
});

describe('the proposed pace', () => {
  test('follows from the slowest round trip lately, in steps, of those who take a seat', () => {
    const members = two({ tripMs: 12, worstMs: 41 }, { tripMs: 13 });
    expect(proposalOf(pairsOf(members))).toEqual({ tripMs: 45 });
    const screen = { ...(members[1] as LobbyMember), wantsSeat: false };
    expect(proposalOf(pairsOf([members[0] as LobbyMember, screen]))).toBeNull();
  });

  test('waits for a measure, and has a bound', () => {
    expect(proposalOf(pairsOf([member(0, []), member(1, [])]))).toBeNull();
    expect(proposalOf(pairsOf(two({ tripMs: 9_000 }, { tripMs: 1 })))).toEqual({ tripMs: 5_000 });
  });
});
