/** The protocols under Byzantine faults as their clusters are measured. */
import type { Protocol } from '#protocols/core/protocol.ts';
import type { HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import type { HotStuffNote } from '#protocols/hotstuff/notes.ts';
import { basicHotStuff, hotStuff, jolteon } from '#protocols/hotstuff/protocol.ts';
import type { HotStuffState } from '#protocols/hotstuff/state.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import { pbft } from '#protocols/pbft/protocol.ts';
import type { PbftState } from '#protocols/pbft/state.ts';

export interface Measured<M, S, N> {
  readonly protocol: Protocol<M, S, N>;
  /** What is on, by name. */
  readonly switches?: readonly string[];
  /** Batches, or blocks, that a replica has executed. */
  decisions(state: Readonly<S>): number;
  /** Whether `message` proposes requests. */
  proposes(message: M): boolean;
}

export const measuredPbft: Measured<PbftMessage, PbftState, PbftNote> = {
  protocol: pbft,
  decisions: ({ executed }) => executed,
  proposes: (message) => message.type === 'PRE-PREPARE',
};

type MeasuredHotStuff = Measured<HotStuffMessage, HotStuffState, HotStuffNote>;

const measuredAs = (protocol: MeasuredHotStuff['protocol']): MeasuredHotStuff => ({
  protocol,
  decisions: ({ committed }) => committed.height,
  proposes: (message) => message.type === 'PROPOSAL' && message.block.batch.length > 0,
});

export const measuredHotStuff = measuredAs(hotStuff);
export const measuredAggregates: MeasuredHotStuff = {
  ...measuredHotStuff,
  switches: ['aggregate-certificates'],
};
export const measuredBasic = measuredAs(basicHotStuff);
export const measuredJolteon = measuredAs(jolteon);
