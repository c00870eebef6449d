/**
 * The registry's other half, for simulator and tests alone: a page has no use for checkers and planted bugs. It knows
 * more protocols than the registry does: those that rooms do not run.
 */
import type { Laboratory } from './core/laboratory.ts';
import {
  basicHotStuffLaboratory,
  hotStuffLaboratory,
  jolteonLaboratory,
} from './hotstuff/laboratory.ts';
import { pbftLaboratory } from './pbft/laboratory.ts';
import { raftLaboratory } from './raft/laboratory.ts';
import type { ProtocolName } from './registry.ts';

export type AnyLaboratory = Laboratory<unknown, unknown, unknown>;

const ofRooms: Readonly<Record<ProtocolName, AnyLaboratory>> = {
  raft: raftLaboratory,
  pbft: pbftLaboratory,
};
const ofSimulator = {
  hotstuff: hotStuffLaboratory,
  basichotstuff: basicHotStuffLaboratory,
  jolteon: jolteonLaboratory,
} as const;
const laboratories = { ...ofRooms, ...ofSimulator } as const;

export type LaboratoryName = keyof typeof laboratories;
export const laboratoryNames = Object.keys(laboratories) as LaboratoryName[];

export function laboratoryNamed(name: LaboratoryName): AnyLaboratory {
  return laboratories[name];
}
