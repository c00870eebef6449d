import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bye, byeReason } from '../../src/lib/mesh/control.ts';
import { Assembler, frameType, pack, unpack, type Bytes } from '../../src/lib/mesh/framing.ts';
import { decodeHello } from '../../src/lib/mesh/hello.ts';
import { meshLimits } from '../../src/lib/mesh/limits.ts';
import { parseIntroduction } from '../../src/lib/mesh/signaling.ts';
import type { Section, SectionKind } from '../../src/lib/mesh/transport.ts';
import { pattern, section } from './members.ts';

const kinds: readonly SectionKind[] = ['room', 'consensus', 'request', 'reply', 'trace'];

/** What a receiver makes of frames; `bad` counts the malformed. */
function receive(frames: readonly Uint8Array[]): { sections: Section[]; bad: number } {
  const assembler = new Assembler();
  const sections: Section[] = [];
  let bad = 0;
  for (const frame of frames) {
    if (frame[0] === frameType.sections) {
      const found = unpack(frame);
      if (found === null) bad++;
      else sections.push(...found);
    } else {
      const assembly = assembler.add(frame);
      if (assembly.type === 'section') sections.push(assembly.section);
      if (assembly.type === 'malformed') bad++;
    }
  }
  return { sections, bad };
}

const plain = (sections: readonly Section[]): unknown =>
  sections.map(({ kind, bytes }) => [kind, [...bytes]]);

describe('frames', () => {
  test('what is packed is unpacked again, and no frame is larger than 16 KiB', () => {
    const anySection = fc.record({
      kind: fc.constantFrom(...kinds),
      bytes: fc
        .tuple(
          fc.oneof(fc.nat(300), fc.integer({ min: 16_370, max: 16_400 }), fc.nat(50_000)),
          fc.nat(255),
        )
        .map(([size, seed]) => pattern(size, seed)),
    });
    fc.assert(
      fc.property(fc.array(anySection, { maxLength: 12 }), (sections) => {
        const frames = pack(sections);
        expect(frames.every(({ byteLength }) => byteLength <= meshLimits.frameBytesMax)).toBe(true);
        const { sections: found, bad } = receive(frames);
        expect(bad).toBe(0);
        expect(plain(found)).toEqual(plain(sections));
      }),
      { numRuns: 40 },
    );
  });

  test('small sections share a frame, and are not copied when they arrive', () => {
    const frames = pack(kinds.map((kind, i) => section(kind, pattern(50, i))));
    expect(frames).toHaveLength(1);
    const frame = frames[0] as Bytes;
    expect(unpack(frame)?.every(({ bytes }) => bytes.buffer === frame.buffer)).toBe(true);
  });

  test('a cut section is put together though another kind overtakes it', () => {
    const large = pack([section('consensus', pattern(50_000, 1))]);
    const urgent = pack([section('room', pattern(40_000, 2))]);
    const [first, ...rest] = large as [Bytes, ...Bytes[]];
    const { sections, bad } = receive([first, ...urgent, ...rest]);
    expect(bad).toBe(0);
    expect(sections.map(({ kind, bytes }) => [kind, bytes.byteLength])).toEqual([
      ['room', 40_000],
      ['consensus', 50_000],
    ]);
  });

  test('no frame of any content throws, and none makes more than it carries', () => {
    const types = fc.constantFrom<number>(...Object.values(frameType), 0, 99);
    const anyFrame = fc
      .tuple(types, fc.uint8Array({ maxLength: 400 }))
      .map(([type, rest]) => new Uint8Array([type, ...rest]));
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 10 }), (frames) => {
        const { sections } = receive(frames);
        const carried = frames.reduce((sum, { byteLength }) => sum + byteLength, 0);
        const made = sections.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
        expect(made).toBeLessThanOrEqual(carried);
        for (const frame of frames) [decodeHello(frame), byeReason(frame)].forEach(() => undefined);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['an unknown kind', [[1, 9, 0, 0]]],
    ['a length past the end', [[1, 1, 5, 0, 1, 2]]],
    ['a header cut short', [[1, 1, 0]]],
    ['no section at all', [[1]]],
    ['a later chunk without a first', [[2, 1, 0, 1, 2, 3]]],
    ['an empty first chunk', [[2, 1, 1, 9, 0, 0, 0]]],
    ['more bytes than announced', [[2, 1, 1, 1, 0, 0, 0, 1, 2]]],
    ['a size nobody may send', [[2, 1, 1, 0, 0, 0, 255, 1]]],
    ['a chunk of an unknown kind', [[2, 7, 1, 9, 0, 0, 0, 1]]],
    ['an empty frame', [[]]],
    [
      'a first chunk inside another section',
      [
        [2, 1, 1, 9, 0, 0, 0, 1],
        [2, 1, 1, 9, 0, 0, 0, 1],
      ],
    ],
    [
      'a short chunk in the middle',
      [
        [2, 1, 1, 9, 0, 0, 0, 1],
        [2, 1, 0, 1],
      ],
    ],
  ])('%s is malformed and makes nothing', (_what, frames) => {
    const { sections, bad } = receive(frames.map((bytes) => new Uint8Array(bytes)));
    expect([sections.length, bad]).toEqual([0, 1]);
  });

  test('after a broken section the next one of its kind is whole again', () => {
    const [, , ...broken] = pack([section('consensus', pattern(60_000, 1))]);
    const { sections, bad } = receive([
      ...broken,
      ...pack([section('consensus', pattern(40_000, 2))]),
    ]);
    expect(bad).toBe(broken.length);
    expect(plain(sections)).toEqual(plain([section('consensus', pattern(40_000, 2))]));
  });
});

describe('the reason of a goodbye', () => {
  test('is cut at a whole character, and comes back as it was', () => {
    expect(byeReason(bye('closed ✓'))).toBe('closed ✓');
    const long = byeReason(bye('✓'.repeat(500)));
    expect(long).toBe('✓'.repeat(meshLimits.reasonBytesMax / 3));
  });

  test('is refused when it is no text or would change how the text around it reads', () => {
    expect(byeReason(new Uint8Array([5, 0xff, 0xfe]))).toBe(null);
    expect(byeReason(bye('abc\u202edef'))).toBe(null);
  });
});

test('only steps of an introduction are taken from the signaling server', () => {
  const attempt = '0123456789abcdef';
  const take = (signal: unknown): unknown => parseIntroduction(JSON.stringify({ attempt, signal }));
  expect(take({ type: 'offer', sdp: 'v=0' })).not.toBe(null);
  expect(take({ type: 'renegotiate', renegotiate: true })).toBe(null);
  expect(take({ type: 'transceiverRequest', transceiverRequest: { kind: 'video' } })).toBe(null);
  expect(take({ type: 'offer', sdp: 'x'.repeat(50_001) })).toBe(null);
  expect(
    take({ type: 'candidate', candidate: { candidate: '', sdpMLineIndex: 1e9, sdpMid: '' } }),
  ).toBe(null);
  expect(parseIntroduction('{"__proto__":{}}')).toBe(null);
  expect(parseIntroduction('[')).toBe(null);
});
