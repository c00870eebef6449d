/** The registry's other half, for simulator, tests and liars alone: a page has no use for checkers and planted bugs. */
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

const laboratories: Readonly<Record<ProtocolName, AnyLaboratory>> = {
  raft: raftLaboratory,
  pbft: pbftLaboratory,
  hotstuff: hotStuffLaboratory,
  jolteon: jolteonLaboratory,
  basichotstuff: basicHotStuffLaboratory,
};

export function laboratoryNamed(name: ProtocolName): AnyLaboratory {
  return laboratories[name];
}
