import { describe, expect, it } from 'vitest';
import { cutsInWords, linkMarks, memberPairs, pairsInWords } from '#lib/components/links.ts';
import type { LobbyMember } from '#lib/view/types.ts';
import { faultOf, idOf, seatOf } from './fixtures.ts';

const nameOf = (id: string) => ['Ana', 'Ben', 'Cleo'][parseInt(id, 16)] ?? '?';

describe('cut links', () => {
  it('are cut both ways when either end says both', () => {
    const seats = [seatOf(0), seatOf(1, { faults: [faultOf(0, { cut: 'both' })] })];
    expect(linkMarks(seats)).toMatchObject([{ cutAtoB: true, cutBtoA: true, disturbed: false }]);
  });

  it('keep their direction: what one does not send, the other does not hear', () => {
    const out = linkMarks([seatOf(0, { faults: [faultOf(1, { cut: 'out' })] }), seatOf(1)]);
    const heard = linkMarks([seatOf(0), seatOf(1, { faults: [faultOf(0, { cut: 'in' })] })]);
    expect(out).toEqual(heard);
    expect(out).toMatchObject([{ cutAtoB: true, cutBtoA: false }]);
  });

  it('are said in words, an arrow where only one way is cut', () => {
    const seats = [
      seatOf(0, { faults: [faultOf(1, { cut: 'both' })] }),
      seatOf(1),
      seatOf(2, { faults: [faultOf(0, { cut: 'out' })] }),
    ];
    expect(cutsInWords(linkMarks(seats), nameOf)).toBe('Cut: Ana – Ben and Cleo → Ana');
    expect(cutsInWords([], nameOf)).toBeNull();
  });

  it('are not confused with links that are only late or lossy', () => {
    const seats = [seatOf(0, { faults: [faultOf(1, { loss: 0.1 })] }), seatOf(1)];
    expect(linkMarks(seats)).toMatchObject([{ cutAtoB: false, cutBtoA: false, disturbed: true }]);
    expect(linkMarks([seatOf(0, { faults: [faultOf(1)] }), seatOf(1)])).toEqual([]);
  });
});

describe('the lobby', () => {
  const member = (n: number, linked: number[]): LobbyMember => ({
    id: idOf(n),
    name: nameOf(idOf(n)),
    mine: n === 0,
    facilitator: n === 0,
    wantsSeat: true,
    linkedWith: linked.map(idOf),
    link: null,
    device: null,
  });

  it('believes a link only when both ends report it', () => {
    const pairs = memberPairs([member(0, [1, 2]), member(1, [0]), member(2, [])]);
    expect(pairs.map((pair) => pair.linked)).toEqual(['both', 'one', 'none']);
    expect(pairsInWords(pairs)).toBe('Not connected yet: Ana – Cleo and Ben – Cleo.');
  });

  it('says when all is well, and when nobody is there', () => {
    const pairs = memberPairs([member(0, [1]), member(1, [0])]);
    expect(pairsInWords(pairs)).toBe('Everybody is connected with everybody.');
    expect(pairsInWords(memberPairs([member(0, [])]))).toBe('Nobody else is here yet.');
  });
});
