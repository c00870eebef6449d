/**
 * What a single liar can do to Raft, which tolerates none (RB1 to RB10, and what fits every protocol). Signatures alone
 * would not stop it; they would make half of it provable.
 */
import { genericBehaviours } from '../byzantine/menu.ts';
import type { Tongue } from '../byzantine/tongue.ts';
import type { BehaviourKind } from '../core/behaviour.ts';
import { limits } from '../core/limits.ts';
import { askingLies } from './byzantine-asking.ts';
import { leadingLies } from './byzantine-leading.ts';
import { followingLies } from './byzantine-following.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import type { RaftState } from './state.ts';

export type RaftBehaviour = BehaviourKind<RaftMessage, RaftState, RaftNote>;

/** No field names a speaker (K9): the link does, so nobody can be spoken for. */
const tongue: Tongue<RaftMessage> = {
  mutations(message, heard) {
    const borrowed = heard.filter((other) => other.type === message.type);
    if (!('term' in message)) return borrowed;
    const terms = [message.term + 1, Math.max(0, message.term - 1)];
    return [...terms.map((term) => ({ ...message, term })), ...borrowed];
  },
  giant: (message) => ('term' in message ? { ...message, term: limits.integerMax } : message),
  forge: () => null,
  corrupt: (message) => {
    if (message.type !== 'InstallSnapshot') return null;
    // Digits for digits: it stays a snapshot that can be read.
    return { ...message, data: message.data.replaceAll('1', '2') };
  },
  censor(message, client) {
    if (message.type !== 'ForwardRequests') return message;
    const requests = message.requests.filter((request) => request.client !== client);
    return requests.length > 0 ? { ...message, requests } : null;
  },
};

export const raftBehaviours: readonly RaftBehaviour[] = [
  ...leadingLies,
  ...followingLies,
  ...askingLies,
  ...genericBehaviours<RaftMessage, RaftState, RaftNote>(tongue),
];
