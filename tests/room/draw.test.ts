/** The draw of a big room into groups. */
import { describe, expect, test, vi } from 'vitest';
import { drawGroups, drawRoomCode, groupSizes, randomBelow } from '#lib/room/draw.ts';
import { parseCode } from '#signaling/messages.ts';

/** Every sequence of choices that a draw of `n` can be given: one of `n`, one of `n - 1`, … one of 2. */
function choicesOf(n: number): number[][] {
  if (n < 2) return [[]];
  const rest = choicesOf(n - 1);
  return Array.from({ length: n }, (_, first) => rest.map((more) => [first, ...more])).flat();
}

function replay(choices: readonly number[]): (n: number) => number {
  let next = 0;
  return (n) => {
    const choice = choices[next++];
    if (choice === undefined || choice >= n) throw new Error(`${choice} is no choice below ${n}`);
    return choice;
  };
}

describe('the draw', () => {
  test('puts every member in one group, and sizes differ by at most one', () => {
    for (let members = 1; members <= 24; members++) {
      const all = Array.from({ length: members }, (_, i) => i);
      for (let least = 1; least <= members; least++) {
        const groups = drawGroups(all, least, randomBelow);
        expect(groups.flat().sort((a, b) => a - b)).toEqual(all);
        const sizes = groups.map(({ length }) => length);
        expect(sizes).toEqual(groupSizes(members, least));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(least);
      }
    }
  });

  test('gives each order of the members by one sequence of choices, so that all are equally likely', () => {
    const members = ['Ana', 'Ben', 'Cleo', 'Dan', 'Eva'];
    const all = choicesOf(members.length);
    expect(all).toHaveLength(120);
    const orders = all.map((choices) => drawGroups(members, 2, replay(choices)).flat().join());
    expect(new Set(orders).size).toBe(120);
  });

  test('makes as many groups as the least size allows', () => {
    expect(groupSizes(40, 5)).toEqual(Array.from({ length: 8 }, () => 5));
    expect(groupSizes(39, 7)).toEqual([8, 8, 8, 8, 7]);
    expect(groupSizes(3, 4)).toEqual([3]);
  });

  test('draws codes that can be typed, from the whole alphabet', () => {
    const codes = Array.from({ length: 500 }, () => drawRoomCode(randomBelow));
    expect(codes.filter((code) => parseCode(code) !== code)).toEqual([]);
    expect(new Set(codes.join('')).size).toBe(30);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('a number below another', () => {
  test('is drawn again where words beyond the last whole multiple would favour small ones', () => {
    const words = [2 ** 32 - 1, 2 ** 32 - 2, 7];
    const source = vi.spyOn(globalThis.crypto, 'getRandomValues');
    source.mockImplementation((array) => (array as Uint32Array).fill(words.shift() ?? 0) as never);
    // 2³² is 1 modulo 5: the last word of all is one too many.
    expect(randomBelow(5)).toBe((2 ** 32 - 2) % 5);
    expect(randomBelow(5)).toBe(7 % 5);
    source.mockRestore();
  });
});
