/** Where replicas stand in the tree: which block each is locked on, and which it committed last. */
import type { StepSummary } from '#protocols/core/tree-summary.ts';
import { eraColour } from '../colours.ts';
import { list } from '../narration.ts';
import type { DrawnTree, Witness } from './tree.ts';

export type MarkKind = 'lock' | 'commit';

export interface Mark {
  readonly kind: MarkKind;
  /** `all 4`, `Ana and Ben`, `12 replicas`. */
  readonly text: string;
  /** All names: `locked on it: Ana, Ben and Cleo`. */
  readonly title: string;
  /** Of the views that these replicas are in, as their nodes have: each once, a few at most. */
  readonly colours: readonly string[];
}

/** More names do not fit beside a block of a phone. */
const namesMax = 2;
const coloursMax = 3;

const words: Readonly<Record<MarkKind, string>> = {
  lock: 'locked on it',
  commit: 'committed up to it',
};

const stepOf = ({ tree }: Witness, kind: MarkKind): StepSummary =>
  kind === 'lock' ? tree.lock : tree.committed;

/** On the block of this digest; `null`: on what is older than the blocks that are shown. */
export function marksAt(
  block: string | null,
  shown: ReadonlySet<string>,
  { witnesses }: DrawnTree,
): Mark[] {
  const kinds: readonly MarkKind[] = ['commit', 'lock'];
  return kinds.flatMap((kind) => {
    const here = witnesses.filter((witness) => {
      const step = stepOf(witness, kind);
      return block === null ? !shown.has(step.block) : step.block === block;
    });
    return here.length > 0 ? [markOf(kind, here, witnesses.length)] : [];
  });
}

function markOf(kind: MarkKind, here: readonly Witness[], all: number): Mark {
  const names = here.map(({ seat }) => seat.name);
  const dated = here.map(({ seat }) => seat.name + (isAway(seat) ? ' (long ago)' : ''));
  const colours = new Set(here.map(({ tree }) => eraColour(tree.view, 1)));
  return {
    kind,
    text: textOf(names, all),
    title: `${words[kind]}: ${list(dated)}`,
    colours: [...colours].slice(0, coloursMax),
  };
}

const isAway = ({ stale, condition }: Witness['seat']): boolean =>
  stale || condition === 'crashed' || condition === 'halted';

function textOf(names: readonly string[], all: number): string {
  if (names.length === all && all > 1) return `all ${all}`;
  return names.length > namesMax ? `${names.length} replicas` : list(names);
}
