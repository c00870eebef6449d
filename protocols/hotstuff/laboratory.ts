/** HotStuff as those who test it know it. */
import type { Laboratory, Milestone } from '../core/laboratory.ts';
import { faultsTolerated } from '../core/quorum.ts';
import * as basicRules from './basic/rules.ts';
import { bugs } from './bugs.ts';
import type { HotStuffBug } from './bugs/bug.ts';
import {
  hotStuffBehaviours,
  hotStuffPlots,
  prepareVote,
  threeChainVote,
  twoChainVote,
} from './byzantine.ts';
import type { FirstVote } from './byzantine-voting.ts';
import * as chainedRules from './chained/rules.ts';
import { ClusterInvariants } from './invariants.ts';
import * as jolteonRules from './jolteon/rules.ts';
import type { HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { basicHotStuff, hotStuff, jolteon, type HotStuffProtocol } from './protocol.ts';
import { createReplica } from './replica.ts';
import type { Rules } from './rules.ts';
import { checkpointing } from './setting.ts';
import type { HotStuffState } from './state.ts';

export type HotStuffLaboratory = Laboratory<HotStuffMessage, HotStuffState, HotStuffNote>;

const types: Record<HotStuffMessage['type'], true> = {
  PROPOSAL: true,
  'PRE-COMMIT': true,
  COMMIT: true,
  DECIDE: true,
  'NEW-VIEW': true,
  VOTE: true,
  TIMEOUT: true,
  SYNC: true,
  HEARD: true,
  REQUEST: true,
  FETCH: true,
  BLOCKS: true,
  STABLE: true,
  'FETCH-STATE': true,
  STATE: true,
  DATA: true,
};

/** `chain`: certified blocks of consecutive views that commit the first of them; 1 where a block is decided by itself. */
function laboratoryOf(
  protocol: HotStuffProtocol,
  {
    rules,
    chain,
    firstVote,
    bugs,
  }: {
    readonly rules: Rules;
    readonly chain: number;
    readonly firstVote: FirstVote;
    readonly bugs: readonly HotStuffBug[];
  },
): HotStuffLaboratory {
  return {
    protocol,
    create: (context, snapshots) => createReplica(context, rules, checkpointing(snapshots)),
    messageNames: Object.keys(types),
    bugs,
    behaviours: hotStuffBehaviours(firstVote),
    plots: hotStuffPlots,
    liarsTolerated: faultsTolerated,
    faultsTolerated,
    convergence: 'quorum',
    createChecker: (diskOf) => new ClusterInvariants(diskOf, chain),
    milestoneOf,
  };
}

export const hotStuffLaboratory = laboratoryOf(hotStuff, {
  rules: chainedRules,
  chain: 3,
  firstVote: threeChainVote,
  bugs,
});
export const basicHotStuffLaboratory = laboratoryOf(basicHotStuff, {
  rules: basicRules,
  chain: 1,
  firstVote: prepareVote,
  bugs: [],
});
export const jolteonLaboratory = laboratoryOf(jolteon, {
  rules: jolteonRules,
  chain: 2,
  firstVote: twoChainVote,
  bugs: [],
});

function milestoneOf(note: HotStuffNote): Milestone | null {
  switch (note.note) {
    case 'certified':
      return { type: 'leader' };
    case 'checkpointStable':
      return { type: 'snapshotTaken' };
    case 'stateInstalled':
      return { type: 'snapshotInstalled' };
    default:
      return null;
  }
}
