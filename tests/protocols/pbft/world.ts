/** A cluster of PBFT, driven by hand. */
import { pbftLaboratory } from '#protocols/pbft/laboratory.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { PbftState } from '#protocols/pbft/state.ts';
import { ClusterWorld, type WorldOptions } from '../fixtures/cluster-world.ts';

export class PbftWorld extends ClusterWorld<PbftMessage, PbftState, PbftNote> {
  constructor(n: number, options: WorldOptions<PbftMessage, PbftState, PbftNote> = {}) {
    super(n, pbftLaboratory, options);
  }
}
