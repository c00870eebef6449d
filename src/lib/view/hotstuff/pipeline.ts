/** How far each block is on its way: the stages of one rule set, and what keeps a block from the next. */
import type { DrawnTree, TreeBlock } from './tree.ts';

/** A rule set of HotStuff, as its pipeline shows it. */
export interface Variant {
  /** In order. The last is that of a committed block. */
  readonly stages: readonly string[];
  /**
   * - `chain`: each certificate moves all blocks of the branch on by a stage, and as many as there are stages but one
   *   commit the lowest, if their views are consecutive
   * - `phases`: one block goes through all stages within its view
   */
  readonly form: 'chain' | 'phases';
}

/** HotStuff §5: three certified blocks. */
export const threeChain: Variant = {
  stages: ['prepare', 'pre-commit', 'commit', 'decide'],
  form: 'chain',
};
/** Jolteon: two. */
export const twoChain: Variant = { stages: ['propose', 'lock', 'commit'], form: 'chain' };
/** HotStuff §4. */
export const fourPhases: Variant = { ...threeChain, form: 'phases' };

export interface Stage {
  readonly name: string;
  /** The block that is in it; `null` if none is. */
  readonly block: TreeBlock | null;
  /** Of a view whose one block goes through all stages: it has left this one behind. */
  readonly done: boolean;
}

export interface Pipeline {
  readonly view: number;
  readonly stages: readonly Stage[];
  /** `view 7: prepare b7, pre-commit b6, commit b5, decide b4`. */
  readonly text: string;
  /** `b5 waits: views 6 and 8 are not consecutive`; empty if nothing keeps a block back. */
  readonly waits: string;
}

export function pipelineOf(drawn: DrawnTree, variant: Variant): Pipeline {
  const { view } = drawn.foremost.tree;
  const stages =
    variant.form === 'chain' ? chainStages(drawn, variant) : phaseStages(drawn, variant);
  const said = stages.flatMap(({ name, block }) => (block ? [`${name} ${block.name}`] : []));
  const text = said.length > 0 ? said.join(', ') : 'no block yet';
  const waits = variant.form === 'chain' ? waitWords(drawn, variant) : '';
  return { view, stages, text: `view ${view}: ${text}`, waits };
}

function chainStages(drawn: DrawnTree, { stages }: Variant): Stage[] {
  const { chain } = drawn;
  const certified = chain.filter(({ certificate }) => certificate !== null);
  const proposed = chain.find(({ certificate }) => certificate === null) ?? null;
  const last = stages.length - 1;
  return stages.map((name, stage): Stage => {
    const block = stage === 0 ? proposed : (certified.at(-stage) ?? null);
    const isHere = stage < last || block?.standing === 'committed';
    return { name, block: isHere ? block : null, done: false };
  });
}

function phaseStages(drawn: DrawnTree, { stages }: Variant): Stage[] {
  const block = drawn.chain.at(-1);
  const isUnderWay = block?.standing === 'committed' || block?.view === drawn.foremost.tree.view;
  const at = block && isUnderWay ? phaseOf(block, drawn) : -1;
  return stages.map((name, stage) => {
    return { name, block: stage === at ? (block ?? null) : null, done: stage < at };
  });
}

/** Which of the phases its votes are for, or the last if it is decided. */
function phaseOf(block: TreeBlock, { witnesses }: DrawnTree): number {
  if (block.standing === 'committed') return 3;
  if (witnesses.some(({ tree }) => tree.lock.block === block.digest)) return 2;
  return block.certificate ? 1 : 0;
}

/** The lowest block that has as many certificates above it as commit one, with a gap between their views. */
function waitWords({ chain, foremost }: DrawnTree, { stages }: Variant): string {
  if (foremost.tree.resting) return '';
  const certified = chain.filter(({ certificate }) => certificate !== null);
  const length = stages.length - 1;
  for (const [i, block] of certified.entries()) {
    const link = certified.slice(i, i + length);
    if (block.standing === 'committed' || link.length < length) continue;
    const gap = link.findIndex((one, at) => at > 0 && one.view !== (link[at - 1]?.view ?? 0) + 1);
    const [low, high] = [link[gap - 1], link[gap]];
    if (low && high)
      return `${block.name} waits: views ${low.view} and ${high.view} are not consecutive`;
  }
  return '';
}
