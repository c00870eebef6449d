/** HotStuff as those who test it know it. */
import type { Laboratory, Milestone } from '../core/laboratory.ts';
import { faultsTolerated } from '../core/quorum.ts';
import { bugs } from './bugs.ts';
import type { HotStuffBug } from './bugs/bug.ts';
import { hotStuffBehaviours, hotStuffPlots, threeChainLock, twoChainLock } from './byzantine.ts';
import type { LockViewOf } from './byzantine-voting.ts';
import { ClusterInvariants } from './invariants.ts';
import type { HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { basicHotStuff, hotStuff, jolteon, type HotStuffProtocol } from './protocol.ts';
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
};

/** `chain`: certified blocks of consecutive views that commit the first of them; 1 where a block is decided by itself. */
function laboratoryOf(
  protocol: HotStuffProtocol,
  {
    chain,
    lockViewOf,
    bugs,
  }: {
    readonly chain: number;
    readonly lockViewOf: LockViewOf;
    readonly bugs: readonly HotStuffBug[];
  },
): HotStuffLaboratory {
  return {
    protocol,
    create: (context) => protocol.create(context),
    messageNames: Object.keys(types),
    bugs,
    behaviours: hotStuffBehaviours(lockViewOf),
    plots: hotStuffPlots,
    liarsTolerated: faultsTolerated,
    faultsTolerated,
    convergence: 'quorum',
    createChecker: (diskOf) => new ClusterInvariants(diskOf, chain),
    milestoneOf,
  };
}

export const hotStuffLaboratory = laboratoryOf(hotStuff, {
  chain: 3,
  lockViewOf: threeChainLock,
  bugs,
});
export const basicHotStuffLaboratory = laboratoryOf(basicHotStuff, {
  chain: 1,
  lockViewOf: threeChainLock,
  bugs: [],
});
export const jolteonLaboratory = laboratoryOf(jolteon, {
  chain: 2,
  lockViewOf: twoChainLock,
  bugs: [],
});

function milestoneOf(note: HotStuffNote): Milestone | null {
  return note.note === 'certified' ? { type: 'leader' } : null;
}
