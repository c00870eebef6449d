import { describe, expect, test } from 'vitest';
import { meetAt, roomCodeOf } from '#lib/room/meeting.ts';
import { placeIn, roomHash } from '#lib/view/addresses.ts';
import { parseCode } from '#signaling/messages.ts';
import { newKeys } from '../mesh/members.ts';

const page = 'http://192.168.1.5:3000/';

describe('where a room meets', () => {
  test.each([
    ['https://peers.example', page, 'https://peers.example/'],
    ['https://peers.example/mine', page, 'https://peers.example/mine/'],
    ['peerjs/', `${page}synod/`, 'http://192.168.1.5:3000/synod/peerjs/'],
  ])('%s, from %s, is %s', (server, from, address) => {
    const outcome = meetAt({ server, ice: '' }, from);
    expect(outcome.ok && outcome.meeting.server.href).toBe(address);
  });

  test.each([
    ['ftp://peers.example', page, 'has an address like'],
    ['http://', page, 'has an address like'],
    ['http://peers.example', 'https://synod.example/', 'must have https too'],
  ])('%s, from %s, is refused in words', (server, from, words) => {
    const outcome = meetAt({ server, ice: '' }, from);
    expect(outcome.ok ? '' : outcome.error).toContain(words);
  });

  test('STUN and TURN servers are told apart, with user and secret', () => {
    const ice = 'stun:stun.example:3478, turn:ana:s3cret@turn.example:3478?transport=tcp';
    const outcome = meetAt({ server: 'peerjs/', ice }, page);
    expect(outcome.ok && outcome.meeting.iceServers).toEqual([
      { urls: 'stun:stun.example:3478' },
      { urls: 'turn:turn.example:3478?transport=tcp', username: 'ana', credential: 's3cret' },
    ]);
    for (const wrong of ['https://stun.example', 'stun:a b', Array(9).fill('stun:a').join(',')]) {
      expect(meetAt({ server: 'peerjs/', ice: wrong }, page).ok).toBe(false);
    }
  });

  test('the link of a room says it, and nothing of it when the page’s own server introduces', () => {
    const place = { server: 'https://peers.example/?a=b&c#d', ice: 'stun:stun.example:3478' };
    expect(placeIn(roomHash('K7PQ2X', place))).toEqual(place);
    expect(roomHash('K7PQ2X', null)).toBe('#/r/K7PQ2X');
    expect(placeIn('#/r/K7PQ2X')).toBeNull();
    expect(placeIn(`#/r/K7PQ2X?peers=${'x'.repeat(300)}`)).toBeNull();
  });
});

test('a room’s code is one that people can type, and another for another facilitator', () => {
  const codes = Array.from({ length: 50 }, () => roomCodeOf(newKeys().id));
  expect(codes.map(parseCode)).toEqual(codes);
  expect(new Set(codes).size).toBe(codes.length);
});
