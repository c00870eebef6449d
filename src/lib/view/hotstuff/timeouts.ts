/** Views that were given up, in words. */
import type { TimeoutsSummary } from '#protocols/core/tree-summary.ts';
import { list } from '../narration.ts';
import { tallyOf } from '../tallies.ts';
import { listAt, type DrawnTree } from './tree.ts';

/** Who gave up on `view`, as far as anybody shows it: places, ascending. */
function whoGaveUp(view: number, { witnesses }: DrawnTree): number[] {
  const told = witnesses.flatMap(({ tree }) => [tree.timeouts, ...tree.tcs]);
  const places = told.flatMap((timeouts) => (timeouts?.view === view ? timeouts.signers : []));
  return [...new Set(places)].sort((a, b) => a - b);
}

/** Who gives up on the view that is under way, as whoever is farthest has heard: it takes a quorum there to end it. */
function givingUpNow({ foremost: { tree } }: DrawnTree): readonly number[] {
  return tree.timeouts?.view === tree.view ? tree.timeouts.signers : [];
}

/** `Gave up on view 7: Ana and Ben (2 of 3, one more).`; empty if nobody did. */
function givingUpWords(drawn: DrawnTree): string {
  const { view, quorum } = drawn.foremost.tree;
  const places = givingUpNow(drawn);
  if (places.length === 0) return '';
  const { text } = tallyOf(places.length, quorum);
  return `Gave up on view ${view}: ${listAt(places, drawn)} (${text}).`;
}

/** `View 7 ended by timeouts of Ana, Ben and Dan (TC); …`; empty if a certificate of votes began the view. */
function endingWords(drawn: DrawnTree): string {
  const { tcs, view } = drawn.foremost.tree;
  const tc = tcs.find((ended) => ended.view === view - 1);
  return tc ? tcWords(tc, drawn) : '';
}

function tcWords({ view, signers, highView }: TimeoutsSummary, drawn: DrawnTree): string {
  const highest = highView === 0 ? 'none but that of genesis' : `view ${highView}`;
  return `View ${view} ended by timeouts of ${listAt(signers, drawn)} (TC); highest certificate among them: ${highest}.`;
}

/** Of views that left no block, the last of them `view`. */
export function gapText(view: number, drawn: DrawnTree): string {
  const places = whoGaveUp(view, drawn);
  if (places.length < drawn.foremost.tree.quorum) return 'no block';
  return `no block, given up by ${listAt(places, drawn)}`;
}

/** `Ben leads view 7, next Cleo, Dan and Ana`. */
export function leadersWords({ foremost, names }: DrawnTree): string {
  const { leaders, view } = foremost.tree;
  const [leader, ...next] = leaders.map((place) => names[place] ?? '?');
  const then = next.length > 0 ? `, next ${list(next)}` : '';
  return `${leader ?? '?'} leads view ${view}${then}.`;
}

/** What keeps the chain from growing; `waits` is what its pipeline says. Empty if nothing does. */
export function troubleWords(drawn: DrawnTree, waits: string): string {
  const said = [endingWords(drawn), givingUpWords(drawn), waits && `${waits}.`];
  return said.filter((text) => text !== '').join(' ');
}

/** Of the view that is under way, while it has no block. */
export function openText(drawn: DrawnTree): string {
  const { resting, leaders } = drawn.foremost.tree;
  const leader = drawn.names[leaders[0] ?? -1] ?? '?';
  // Not that it could propose: nobody asks a leader that may be gone while nothing is to be ordered.
  if (resting) return `nothing to order, so nothing of ${leader}`;
  const places = givingUpNow(drawn);
  if (places.length === 0) return `${leader} has not proposed yet`;
  return `nothing of ${leader}, given up by ${listAt(places, drawn)}`;
}
