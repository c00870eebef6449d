import { describe, expect, it } from 'vitest';
import { along, between, heading, lane, ringLayout } from '#lib/components/geometry.ts';

const sizes = [
  { width: 360, height: 300 },
  { width: 390, height: 380 },
  { width: 500, height: 400 },
  { width: 1400, height: 1000 },
];

describe('the ring', () => {
  it('keeps every node of 1 to 31 inside the picture', () => {
    for (const { width, height } of sizes) {
      for (let n = 1; n <= 31; n++) {
        const { places, nodeRadius } = ringLayout(n, width, height);
        expect(places).toHaveLength(n);
        for (const { x, y } of places) {
          expect(x - nodeRadius, `${n} at ${width}`).toBeGreaterThanOrEqual(0);
          expect(x + nodeRadius, `${n} at ${width}`).toBeLessThanOrEqual(width);
          expect(y - nodeRadius, `${n} at ${width}`).toBeGreaterThanOrEqual(0);
          expect(y + nodeRadius, `${n} at ${width}`).toBeLessThanOrEqual(height);
        }
      }
    }
  });

  it('never lets two nodes overlap', () => {
    for (const { width, height } of sizes) {
      for (let n = 2; n <= 31; n++) {
        const { places, nodeRadius } = ringLayout(n, width, height);
        places.forEach((a, i) => {
          for (const b of places.slice(i + 1)) {
            const apart = Math.hypot(a.x - b.x, a.y - b.y);
            expect(apart, `${n} at ${width}`).toBeGreaterThan(2 * nodeRadius);
          }
        });
      }
    }
  });

  it('puts the first replica on top and goes round clockwise', () => {
    const [first, second] = ringLayout(4, 800, 600).places;
    expect(first?.x).toBeCloseTo(400);
    expect(second?.x).toBeGreaterThan(400);
  });

  it('writes names under few nodes, beside many, and inside them on a phone', () => {
    expect(ringLayout(5, 360, 300).labels).toBe('below');
    expect(ringLayout(31, 1200, 900).labels).toBe('beside');
    expect(ringLayout(31, 360, 360).labels).toBe('inside');
  });
});

describe('lines', () => {
  const left = { x: 0, y: 0 };
  const right = { x: 100, y: 0 };

  it('stop at the edge of their nodes', () => {
    expect(between(left, right, 10)).toEqual([
      { x: 10, y: 0 },
      { x: 90, y: 0 },
    ]);
  });

  it('spare the name under the upper node only', () => {
    const [from, to] = between(left, { x: 0, y: 100 }, 10, 30);
    expect(from.y).toBe(40);
    expect(to.y).toBe(90);
  });

  it('stay whole between nodes that touch', () => {
    expect(between(left, { x: 15, y: 0 }, 10)).toEqual([left, { x: 15, y: 0 }]);
  });

  it('have a middle and a heading', () => {
    expect(along(left, right, 0.5)).toEqual({ x: 50, y: 0 });
    expect(heading(left, { x: 0, y: 5 })).toBe(90);
  });
});

it('keeps messages that meet on one link beside each other', () => {
  const a = { x: 0, y: 0 };
  const b = { x: 100, y: 0 };
  expect(lane([a, b], 9).map(({ y }) => y)).toEqual([9, 9]);
  expect(lane([a, b], 9)[1].x).toBe(100);
  expect(lane([b, a], 9)[0].y).toBe(-9);
  expect(lane([a, a], 9)).toEqual([a, a]);
});
