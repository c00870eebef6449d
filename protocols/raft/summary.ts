/** A Raft replica and its messages as a screen shows them. */
import { shortCommand, shorten } from '../core/command-text.ts';
import type { ReplicaId } from '../core/ids.ts';
import {
  logTailMax,
  type EntrySummary,
  type MessageSummary,
  type ReplicaSummary,
} from '../core/protocol.ts';
import { lastIndexOf, type Log, type LogEntry } from './log.ts';
import type { RaftMessage } from './messages.ts';
import { configurationOf, followersOf, type RaftState } from './state.ts';

export function summarize(state: Readonly<RaftState>): ReplicaSummary {
  const { self, role, currentTerm, leaderId, votedFor, commitIndex, log } = state;
  const match: Record<ReplicaId, number> = {};
  if (role.name === 'leader') {
    for (const id of followersOf(role, self)) match[id] = role.progress.get(id)?.matchIndex ?? 0;
  }
  return {
    role: role.name === 'preCandidate' ? 'candidate' : role.name,
    term: currentTerm,
    leader: leaderId,
    votedFor,
    votes: role.name === 'candidate' || role.name === 'preCandidate' ? [...role.granted] : [],
    commitIndex,
    lastIndex: lastIndexOf(log),
    log: summarizeTail(log),
    match,
    snapshotIndex: state.snapshot?.lastIncludedIndex ?? 0,
    configuration: configurationOf(state),
    assumptionBroken: role.name === 'stopped' ? role.reason : null,
  };
}

export function summarizeMessage(message: RaftMessage): MessageSummary {
  const { type: name } = message;
  const request = { name, term: 0, shape: 'request', heavy: true } as const;
  switch (message.type) {
    case 'RequestVote':
      return { ...request, name: message.preVote ? 'PreVote' : name, term: message.term };
    case 'TimeoutNow':
      return { ...request, term: message.term };
    case 'AppendEntries':
      return { ...request, term: message.term, heavy: message.entries.length > 0 };
    case 'RequestVoteResponse': {
      const shape = message.voteGranted ? 'granted' : 'refused';
      const answer = message.preVote ? 'PreVoteResponse' : name;
      return { name: answer, term: message.term, shape, heavy: true };
    }
    case 'AppendEntriesResponse': {
      const shape = message.success ? 'granted' : 'refused';
      return { name, term: message.term, shape, heavy: shape === 'refused' };
    }
    case 'InstallSnapshot':
      return { ...request, term: message.term };
    case 'InstallSnapshotResponse':
      return { name, term: message.term, shape: 'granted', heavy: false };
    case 'ForwardRequests':
    case 'ReadIndex':
      return request;
    case 'ReadIndexResponse':
      return { ...request, shape: message.success ? 'granted' : 'refused' };
    case 'ForwardReplies':
      return { ...request, shape: message.replies.some(isRefused) ? 'refused' : 'granted' };
  }
}

function isRefused({ reply }: { readonly reply: { readonly type: string } }): boolean {
  return reply.type === 'refused';
}

function summarizeTail(log: Log): EntrySummary[] {
  const first = Math.max(0, log.entries.length - logTailMax);
  return log.entries.slice(first).map((entry, i) => ({
    index: log.baseIndex + first + i + 1,
    term: entry.term,
    kind: entry.kind,
    text: shorten(textOf(entry)),
  }));
}

function textOf(entry: LogEntry): string {
  switch (entry.kind) {
    case 'command':
      return shortCommand(entry.request.command);
    case 'config': {
      const { voters, votersOld, learners } = entry.configuration;
      const old = votersOld.length > 0 ? `${votersOld.length} → ` : '';
      return `${old}${voters.length} voters, ${learners.length} learners`;
    }
    case 'noop':
      return '';
  }
}
