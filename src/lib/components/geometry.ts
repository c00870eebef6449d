/** Where things stand in the ring, in pixels. Pure, so that it can be tested without a browser. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Place extends Point {
  /** Radians from the centre; 0 points right, growing clockwise. The first replica stands on top. */
  readonly angle: number;
}

/** `below`: under the node. `beside`: outside the ring. `inside`: initials in the node, for many on a phone. */
export type LabelStyle = 'below' | 'beside' | 'inside';

export interface RingLayout {
  readonly centre: Point;
  readonly rx: number;
  readonly ry: number;
  readonly nodeRadius: number;
  readonly labels: LabelStyle;
  readonly places: readonly Place[];
}

/** A ring of more has no room for names under its nodes. */
const labelsBelowMax = 9;
/** Narrower pictures have no room for names beside the nodes either. */
const besideWidthMin = 520;

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

interface Margins {
  readonly side: number;
  readonly top: number;
  readonly bottom: number;
}

function marginsOf(labels: LabelStyle, nodeRadius: number): Margins {
  if (labels === 'below') {
    return { side: Math.max(nodeRadius, 48) + 6, top: nodeRadius + 30, bottom: nodeRadius + 48 };
  }
  if (labels === 'beside') {
    return { side: nodeRadius + 92, top: nodeRadius + 48, bottom: nodeRadius + 40 };
  }
  return { side: nodeRadius + 12, top: nodeRadius + 22, bottom: nodeRadius + 12 };
}

/** What `values` span, at least a little. */
function extent(values: readonly number[]): { readonly size: number; readonly middle: number } {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return { size: Math.max(high - low, 0.5), middle: (low + high) / 2 };
}

/** Places `n` nodes in a picture of `width` by `height` pixels. */
export function ringLayout(n: number, width: number, height: number): RingLayout {
  const labels: LabelStyle =
    n <= labelsBelowMax ? 'below' : width >= besideWidthMin ? 'beside' : 'inside';
  const shortest = Math.min(width, height);
  const nodeRadius =
    labels === 'below'
      ? clamp(shortest * (n > 5 ? 0.068 : 0.085), 20, 44)
      : clamp(
          ((shortest - 2 * marginsOf(labels, 12).top) * Math.PI * 0.36) / Math.max(n, 1),
          8,
          22,
        );
  const margins = marginsOf(labels, nodeRadius);
  const angles = Array.from({ length: n }, (_, i) => -Math.PI / 2 + (2 * Math.PI * i) / n);
  const across = extent(angles.map(Math.cos));
  const down = extent(angles.map(Math.sin));
  const fullX = Math.max(0, width - 2 * margins.side) / across.size;
  const fullY = Math.max(0, height - margins.top - margins.bottom) / down.size;
  const rx = n === 1 ? 0 : Math.min(fullX, fullY * 1.3);
  const ry = n === 1 ? 0 : Math.min(fullY, fullX * 1.2);
  // Five nodes reach higher over the centre than under it: their box is centred, not their circle.
  const middle = (margins.top + height - margins.bottom) / 2;
  const centre = { x: width / 2, y: middle - ry * down.middle };
  const places = angles.map((angle): Place => {
    return { x: centre.x + rx * Math.cos(angle), y: centre.y + ry * Math.sin(angle), angle };
  });
  return { centre, rx, ry, nodeRadius, labels, places };
}

/**
 * The part of the line `from`–`to` that lies outside two circles of `radius` round its ends. With `below`, the
 * names under the nodes are spared too, as far as the line runs down through them.
 */
export function between(
  from: Point,
  to: Point,
  radius: number,
  below = 0,
): readonly [Point, Point] {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy);
  if (length <= 2 * radius) return [from, to];
  const spared = (down: number) => radius + below * Math.max(0, down / length) ** 2;
  const start = spared(dy) / length;
  const end = 1 - spared(-dy) / length;
  if (start >= end) return [from, to];
  return [along(from, to, start), along(from, to, end)];
}

/** A line `aside` pixels to the right of its own direction, so that what comes the other way passes beside it. */
export function lane([from, to]: readonly [Point, Point], aside: number): readonly [Point, Point] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return [from, to];
  const x = (-(to.y - from.y) / length) * aside;
  const y = ((to.x - from.x) / length) * aside;
  return [
    { x: from.x + x, y: from.y + y },
    { x: to.x + x, y: to.y + y },
  ];
}

/** `from` moved towards `to` by `share` of the way. */
export function along(from: Point, to: Point, share: number): Point {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** Degrees that turn a mark drawn along the x axis into the direction `from` → `to`. */
export function heading(from: Point, to: Point): number {
  return (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
}
