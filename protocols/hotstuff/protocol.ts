/** The rule sets of HotStuff as the registry knows them. */
import { signedRequestSchema } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { Protocol } from '../core/protocol.ts';
import { byzantineQuorum, faultsTolerated } from '../core/quorum.ts';
import * as basicRules from './basic/rules.ts';
import * as chainedRules from './chained/rules.ts';
import * as jolteonRules from './jolteon/rules.ts';
import { messageSchema, type HotStuffMessage } from './messages.ts';
import { noteSchema, type HotStuffNote } from './notes.ts';
import { createReplica } from './replica.ts';
import type { Rules } from './rules.ts';
import type { HotStuffState } from './state.ts';
import { summarize, summarizeMessage } from './summary.ts';

export type HotStuffProtocol = Protocol<HotStuffMessage, HotStuffState, HotStuffNote>;

function protocolOf(name: string, title: string, rules: Rules): HotStuffProtocol {
  return {
    name,
    title,
    version: 1,
    message: messageSchema,
    clientMessage: signedRequestSchema,
    note: noteSchema,
    signed: true,
    accountability: null,
    // Fewer would tolerate no liar at all.
    votersMin: 4,
    votersMax: limits.votersMax,
    quorum: byzantineQuorum,
    // One of f + 1 is honest (H8).
    repliesNeeded: (n) => faultsTolerated(n) + 1,
    reads: [],
    operations: [],
    create: (context) => createReplica(context, rules),
    summarize,
    summarizeMessage,
  };
}

export const hotStuff = protocolOf('hotstuff', 'HotStuff', chainedRules);
export const basicHotStuff = protocolOf('basichotstuff', 'HotStuff in four phases', basicRules);
export const jolteon = protocolOf('jolteon', 'Jolteon', jolteonRules);
