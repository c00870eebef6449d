/** Lies of one that leads, or says that it does (RB1, RB5, RB6, RB7). */
import { editSends, send, victimsOf } from '../byzantine/edits.ts';
import type { BehaviourKind, LiarContext } from '../core/behaviour.ts';
import { Service } from '../core/service.ts';
import { lastIndexOf } from './log.ts';
import type { AppendEntries, InstallSnapshot, RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { configurationOf, type RaftState } from './state.ts';

type Kind = BehaviourKind<RaftMessage, RaftState, RaftNote>;
type Liar = LiarContext<RaftMessage, RaftState, RaftNote>;

const oneIsEnough = 'Raft tolerates no liar: this one is enough.';

/** RB1: an AppendEntries of the next term, by one whom nobody elected. */
const usurper: Kind = {
  id: 'RB1',
  title: 'Usurper: leads a term that nobody gave it',
  forecast: () =>
    `Followers obey any newer term, and give up what others committed. ${oneIsEnough}`,
  convictedBy: [],
  begin: (behaviour, liar) => (event, step) => {
    const hears = event.type === 'receive' && event.message.type === 'AppendEntries';
    if (!hears || event.message.entries.length === 0) return step(event);
    const victims = victimsOf(behaviour, liar).filter((id) => id !== event.from);
    const usurped = send<RaftMessage, RaftNote>(victims, usurping(liar, event.message));
    return [...step(event), ...usurped];
  },
};

/** In the place of what the true leader has just sent. */
function usurping({ state }: Liar, append: AppendEntries): AppendEntries {
  const term = state.currentTerm + 1;
  const { prevLogIndex, prevLogTerm, leaderCommit } = append;
  const entries = append.entries.map(() => ({ kind: 'noop', term }) as const);
  return {
    type: 'AppendEntries',
    term,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit,
    round: 0,
  };
}

/** RB5: what it gives some followers differs from what it gives the others, under the same index and term. */
const twoLogs: Kind = {
  id: 'RB5',
  title: 'As leader: other entries for some',
  forecast: () => `Logs that should be equal are not, and are executed. ${oneIsEnough}`,
  convictedBy: ['E16'],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) => send(to, falsified(message))),
};

function falsified(message: RaftMessage): RaftMessage {
  if (message.type !== 'AppendEntries') return message;
  const entries = message.entries.map((entry) => {
    if (entry.kind !== 'command') return entry;
    const command = { op: 'put', key: 'lie', value: 'lie' } as const;
    return { ...entry, request: { ...entry.request, command } };
  });
  return { ...message, entries };
}

/** RB6: "committed", although no majority holds it. */
const commitsTooFar: Kind = {
  id: 'RB6',
  title: 'As leader: calls committed what no majority holds',
  forecast: () => `Its victims execute what may yet be given up. ${oneIsEnough}`,
  convictedBy: [],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) => {
      if (message.type !== 'AppendEntries') return send(to, message);
      const { prevLogIndex, entries } = message;
      return send(to, { ...message, leaderCommit: prevLogIndex + entries.length });
    }),
};

/** RB7: a snapshot of nothing, beyond every log. */
const forgedSnapshot: Kind = {
  id: 'RB7',
  title: 'Forged snapshot',
  forecast: () => `Its victims take over any state at all, as the leader's. ${oneIsEnough}`,
  convictedBy: [],
  begin: (behaviour, liar) => {
    let sent = false;
    return (event, step) => {
      const effects = step(event);
      if (sent || liar.state.commitIndex === 0) return effects;
      sent = true;
      const forged = send<RaftMessage, RaftNote>(victimsOf(behaviour, liar), snapshotOf(liar));
      return [...effects, ...forged];
    };
  },
};

function snapshotOf({ state }: Liar): InstallSnapshot {
  const term = state.currentTerm + 1;
  return {
    type: 'InstallSnapshot',
    term,
    lastIncludedIndex: lastIndexOf(state.log) + 1,
    lastIncludedTerm: term,
    configuration: configurationOf(state),
    offset: 0,
    data: JSON.stringify(new Service().checkpoint()),
    done: true,
  };
}

export const leadingLies: readonly Kind[] = [usurper, twoLogs, commitsTooFar, forgedSnapshot];
