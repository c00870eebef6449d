/** The rule sets of HotStuff as the registry knows them. */
import { signedRequestSchema } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { Counts } from '../core/counts.ts';
import type { Protocol } from '../core/protocol.ts';
import { byzantineQuorum, faultsTolerated } from '../core/quorum.ts';
import * as basicRules from './basic/rules.ts';
import { chainCounts, phaseCounts } from './counting.ts';
import * as chainedRules from './chained/rules.ts';
import * as jolteonRules from './jolteon/rules.ts';
import { executedAbove } from './history.ts';
import { messageSchema, type HotStuffMessage } from './messages.ts';
import { isRoutine, noteSchema, type HotStuffNote } from './notes.ts';
import { createReplica } from './replica.ts';
import type { Rules } from './rules.ts';
import { phased, threeChain, twoChain, type Chain } from './decisions.ts';
import { accountabilityOf } from './evidence.ts';
import type { HotStuffState } from './state.ts';
import { certificatesOf, switches } from './switches.ts';
import { summarize, summarizeMessage } from './summary.ts';
import { useOf } from './use-of.ts';

export type HotStuffProtocol = Protocol<HotStuffMessage, HotStuffState, HotStuffNote>;

/** `chain`: what its court goes by. */
function protocolOf(
  name: string,
  title: string,
  {
    rules,
    chain,
    counts = chainCounts,
  }: { readonly rules: Rules; readonly chain: Chain; readonly counts?: Counts<HotStuffMessage> },
): HotStuffProtocol {
  return {
    name,
    title,
    version: 3,
    message: messageSchema,
    counts,
    clientMessage: signedRequestSchema,
    note: noteSchema,
    isRoutine,
    signed: true,
    accountability: accountabilityOf(chain),
    // Fewer would tolerate no liar at all.
    votersMin: 4,
    votersMax: limits.votersMax,
    quorum: byzantineQuorum,
    switches,
    sharing: (on) => certificatesOf(on) === 'aggregate',
    // One of f + 1 is honest (H8).
    repliesNeeded: (n) => faultsTolerated(n) + 1,
    reads: () => [],
    operations: [],
    create: (context) => createReplica(context, rules),
    useOf,
    summarize,
    executedAbove,
    summarizeMessage,
  };
}

export const hotStuff = protocolOf('hotstuff', 'HotStuff', {
  rules: chainedRules,
  chain: threeChain,
});
export const basicHotStuff = protocolOf('basichotstuff', 'Basic HotStuff', {
  rules: basicRules,
  chain: phased,
  counts: phaseCounts,
});
export const jolteon = protocolOf('jolteon', 'Jolteon', {
  rules: jolteonRules,
  chain: twoChain,
});
