/** A HotStuff replica and its messages as a screen shows them. */
import {
  logTailMax,
  type EntrySummary,
  type MessageSummary,
  type ReplicaSummary,
} from '../core/protocol.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { HotStuffMessage } from './messages.ts';
import { leaderOf } from './rotation.ts';
import { beginningOf, headOf, type HotStuffState } from './state.ts';
import { textOf, treeOf } from './tree-summary.ts';
import type { Node } from './tree.ts';

/** The log is the branch of the highest certificate up to its last block with commands; heights are its indices. */
export function summarize(state: Readonly<HotStuffState>): ReplicaSummary {
  const { setting, stopped, committed, timeouts, self } = state;
  const { view, leader } = officeOf(state);
  const tip = headOf(state) ?? committed;
  const gaveUp = view === state.view && state.timeout?.view === view;
  const role = leader === self ? 'leader' : 'follower';
  return {
    role: stopped !== null ? 'stopped' : gaveUp ? 'candidate' : role,
    term: view,
    leader: gaveUp ? null : leader,
    votedFor: null,
    votes: [...timeouts.values()].flatMap(({ body, signer }) =>
      gaveUp && body.view === view ? [signer] : [],
    ),
    commitIndex: committed.commandHeight,
    lastIndex: Math.max(committed.commandHeight, tip.commandHeight),
    log: entriesUpTo(tip),
    match: {},
    snapshotIndex: state.stable?.height ?? 0,
    configuration: { voters: setting.voters, votersOld: [], learners: [] },
    assumptionBroken: stopped,
    executed: { n: committed.height, history: committed.digest },
    tree: treeOf(state),
  };
}

/** Who leads which view. When the chain has fallen silent, that is who proposed last, although its view is certified. */
function officeOf(state: Readonly<HotStuffState>): { view: number; leader: ReplicaId } {
  const { view, setting, timedView, heard } = state;
  const beginning = beginningOf(state);
  if (beginning?.block && !heard && timedView === null) {
    return { view: view - 1, leader: beginning.block.proposer };
  }
  return { view, leader: leaderOf(view, beginning, setting) };
}

/** Without the empty blocks that push the last commands. */
function entriesUpTo(tip: Node): EntrySummary[] {
  const entries: EntrySummary[] = [];
  for (let node: Node | null = tip; node?.block; node = node.parent) {
    if (entries.length >= logTailMax) break;
    const { height, view, block } = node;
    if (height > tip.commandHeight) continue;
    const kind = block.batch.length === 0 ? 'noop' : 'command';
    entries.push({ index: height, term: view, kind, text: textOf(block.batch) });
  }
  return entries.reverse();
}

export function summarizeMessage(message: HotStuffMessage): MessageSummary {
  const { type: name } = message;
  const plain = { name, term: 0, shape: 'request', heavy: true } as const;
  switch (message.type) {
    case 'PROPOSAL':
      return { ...plain, term: message.block.view, heavy: message.block.batch.length > 0 };
    case 'PRE-COMMIT':
    case 'COMMIT':
    case 'DECIDE':
      return { ...plain, term: message.certificate.view };
    case 'NEW-VIEW':
      return { ...plain, term: message.view, heavy: false };
    case 'VOTE':
      return { name, term: message.statement.body.view, shape: 'granted', heavy: true };
    case 'TIMEOUT':
      return { ...plain, term: message.statement.body.view };
    case 'HEARD':
      return { ...plain, term: message.statement.body.view };
    case 'SYNC':
      return { ...plain, term: message.sync.highQC.view, heavy: false };
    case 'FETCH':
    case 'FETCH-STATE':
    case 'STABLE':
      return { ...plain, heavy: false };
    case 'REQUEST':
    case 'BLOCKS':
    case 'STATE':
    case 'DATA':
      return plain;
  }
}
