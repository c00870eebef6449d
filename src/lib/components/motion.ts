/**
 * Things that move. The browser's own animations carry them: nothing of this runs in our code from frame to
 * frame, a hidden page costs nothing, and whoever asked for reduced motion gets a still picture.
 */
import type { Attachment } from 'svelte/attachments';
import { along, type Point } from './geometry.ts';

const preference =
  typeof matchMedia === 'function' ? matchMedia('(prefers-reduced-motion: reduce)') : null;
const reduced = () => preference?.matches ?? false;
const translate = (to: Point) => `translate(${to.x.toFixed(1)}px, ${to.y.toFixed(1)}px)`;

/** When something began, on the clock of `performance.now()`, and how long it takes. */
export interface Span {
  readonly startedAt: number;
  readonly durationMs: number;
}

function play(node: Element, keyframes: Keyframe[], span: Span): () => void {
  const animation = node.animate(keyframes, {
    duration: Math.max(1, span.durationMs),
    fill: 'both',
  });
  animation.currentTime = performance.now() - span.startedAt;
  return () => animation.cancel();
}

/** Moves a dot along its link. A lost one falls silent half way. */
export function fly(
  path: readonly [Point, Point],
  span: Span,
  lost: boolean,
): Attachment<SVGElement> {
  return (node) => {
    const [from, to] = path;
    const end = lost ? along(from, to, 0.5) : to;
    if (reduced()) {
      node.style.transform = translate(along(from, end, lost ? 1 : 0.7));
      return;
    }
    const keyframes: Keyframe[] = lost
      ? [
          { transform: translate(from), opacity: 1 },
          { transform: translate(end), opacity: 1, offset: 0.5 },
          { transform: translate(end), opacity: 0 },
        ]
      : [{ transform: translate(from) }, { transform: translate(end) }];
    return play(node, keyframes, span);
  };
}

/** Runs the arc of an election timer down. The circle must have `pathLength="1"` and a dash of 1. */
export function runDown(span: Span | null): Attachment<SVGElement> {
  return (node) => {
    if (span === null || reduced()) return;
    return play(node, [{ strokeDashoffset: '0' }, { strokeDashoffset: '1' }], span);
  };
}
