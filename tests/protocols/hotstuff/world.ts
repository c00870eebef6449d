/** A cluster of HotStuff, driven by hand. */
import { createReplica } from '#protocols/hotstuff/replica.ts';
import { hotStuffLaboratory, type HotStuffLaboratory } from '#protocols/hotstuff/laboratory.ts';
import * as chainedRules from '#protocols/hotstuff/chained/rules.ts';
import type { HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import type { HotStuffNote } from '#protocols/hotstuff/notes.ts';
import type { HotStuffOptions } from '#protocols/hotstuff/setting.ts';
import type { HotStuffState } from '#protocols/hotstuff/state.ts';
import { ClusterWorld, type WorldOptions } from '../fixtures/cluster-world.ts';

interface Options extends WorldOptions<HotStuffMessage, HotStuffState, HotStuffNote> {
  readonly laboratory?: HotStuffLaboratory;
}

export class HotStuffWorld extends ClusterWorld<HotStuffMessage, HotStuffState, HotStuffNote> {
  constructor(n: number, { laboratory = hotStuffLaboratory, ...options }: Options = {}) {
    super(n, laboratory, options);
  }

  heights(): number[] {
    return this.states().map(({ committed }) => committed.height);
  }
}

/** Chained HotStuff whose leaders take turns in another way. */
export function rotating(rotation: HotStuffOptions['rotation']): HotStuffLaboratory {
  return {
    ...hotStuffLaboratory,
    create: (context) => createReplica(context, chainedRules, { rotation }),
  };
}
