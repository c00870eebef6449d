/** A PBFT replica and its messages as a screen shows them. */
import { shortCommand, shorten } from '../core/command-text.ts';
import { shortDigest } from '../core/digest.ts';
import type { ReplicaId } from '../core/ids.ts';
import {
  logTailMax,
  type EntrySummary,
  type MessageSummary,
  type ReplicaSummary,
  type SlotSummary,
  type VotesSummary,
} from '../core/protocol.ts';
import type { Signed } from '../core/signed.ts';
import { historyOf } from './history.ts';
import type { Commit, PbftMessage, Prepare } from './messages.ts';
import { matchingCommits, matchingPrepares } from './rules.ts';
import { primaryOf, quorumOf, weakQuorumOf } from './setting.ts';
import { batchOf, slotsInOrder, type PbftState, type Slot } from './state.ts';

export function summarize(state: Readonly<PbftState>): ReplicaSummary {
  const { self, view, active, setting, stopped, executed, stable } = state;
  const primary = primaryOf(view, setting);
  const slots = slotsInOrder(state);
  const accepted = slots.filter((slot) => slot.prePrepare ?? slot.decision);
  const moving = [...state.viewChanges.values()].filter(({ body }) => body.view === view);
  return {
    role: roleOf(state),
    term: view,
    leader: active ? primary : null,
    votedFor: null,
    votes: active ? [] : moving.map(({ signer }) => signer),
    commitIndex: executed,
    lastIndex: Math.max(executed, accepted.at(-1)?.n ?? 0),
    log: accepted.slice(-logTailMax).map((slot) => entryOf(slot, view)),
    match: primary === self && active ? matchOf(state) : {},
    snapshotIndex: stable.n,
    configuration: { voters: setting.voters, votersOld: [], learners: [] },
    assumptionBroken: stopped,
    executed: { n: executed, history: historyOf(state) },
    slots: {
      quorum: quorumOf(setting),
      weakQuorum: weakQuorumOf(setting),
      rows: slots.slice(-logTailMax).map((slot) => rowOf(slot, state)),
    },
  };
}

function roleOf({ self, stopped, active, view, setting }: PbftState): ReplicaSummary['role'] {
  if (stopped !== null) return 'stopped';
  if (!active) return 'candidate';
  return primaryOf(view, setting) === self ? 'leader' : 'follower';
}

/** How far each of the others is, as far as it was heard. */
function matchOf({ self, setting, positions }: PbftState): ReplicaSummary['match'] {
  const others = setting.voters.filter((id) => id !== self);
  return Object.fromEntries(others.map((id) => [id, positions.get(id)?.n ?? 0]));
}

function entryOf(slot: Slot, view: number): EntrySummary {
  const digest = slot.decision?.digest ?? slot.prePrepare?.body.digest ?? '';
  const isNull = batchOf(slot, digest)?.length === 0;
  return {
    index: slot.n,
    term: slot.prePrepare?.body.view ?? slot.decision?.commits[0]?.body.view ?? view,
    kind: isNull ? 'noop' : 'command',
    text: textOf(slot, digest),
  };
}

/** The first command, and how many follow it. */
function textOf(slot: Slot, digest: string): string {
  const batch = batchOf(slot, digest);
  const [first] = batch ?? [];
  if (!batch || !first) return '';
  const more = batch.length > 1 ? ` and ${batch.length - 1} more` : '';
  return shorten(shortCommand(first.command) + more);
}

function rowOf(slot: Slot, state: PbftState): SlotSummary {
  const { n, prePrepare, prepared, decision } = slot;
  const digest = prePrepare?.body.digest ?? decision?.digest ?? prepared?.prePrepare.body.digest;
  // A decision may rest on commits of a view that was left.
  const commits = [...(decision?.commits ?? []), ...matchingCommits(slot, state)];
  return {
    n,
    view: prePrepare?.body.view ?? prepared?.prePrepare.body.view ?? state.view,
    digest: digest === undefined ? '' : shortDigest(digest),
    text: digest === undefined ? '' : textOf(slot, digest),
    prePrepared: prePrepare !== null,
    prepares: votesOf('PREPARE', matchingPrepares(slot, state), slot, state),
    commits: votesOf('COMMIT', commits, slot, state),
    executed: n <= state.executed,
    ...(state.tentative?.n === n && { tentative: true }),
  };
}

function votesOf(
  kind: 'PREPARE' | 'COMMIT',
  counting: readonly Signed<Prepare | Commit>[],
  { prePrepare, prepares, commits, late }: Slot,
  { setting }: PbftState,
): VotesSummary {
  const none = (): number[] => [];
  const votes = { counted: none(), early: none(), late: none(), conflicting: none() };
  const held: ReadonlyMap<ReplicaId, Signed<Prepare | Commit>> = kind === 'PREPARE'
    ? prepares
    : commits;
  const isLate = (body: Prepare | Commit): boolean =>
    body.kind === kind && body.view === prePrepare?.body.view;
  const counted = new Set(counting.map(({ signer }) => signer));
  for (const [place, id] of setting.voters.entries()) {
    const vote = held.get(id)?.body;
    const conflicts =
      vote?.view === prePrepare?.body.view && vote?.digest !== prePrepare?.body.digest;
    if (counted.has(id)) votes.counted.push(place);
    else if (vote) (conflicts ? votes.conflicting : votes.early).push(place);
    else if (late.some((one) => one.signer === id && isLate(one.body))) votes.late.push(place);
  }
  return votes;
}

export function summarizeMessage(message: PbftMessage): MessageSummary {
  const { type: name } = message;
  const plain = { name, term: 0, shape: 'request', heavy: true } as const;
  switch (message.type) {
    case 'PRE-PREPARE':
    case 'VIEW-CHANGE':
    case 'NEW-VIEW':
      return { ...plain, term: message.statement.body.view };
    case 'PREPARE':
    case 'COMMIT':
      return { name, term: message.statement.body.view, shape: 'granted', heavy: true };
    case 'CHECKPOINT':
      return { ...plain, shape: 'granted', heavy: false };
    case 'STATUS':
      return { ...plain, term: message.view, heavy: false };
    case 'FETCH':
    case 'FETCH-BATCH':
      return { ...plain, heavy: false };
    case 'REQUEST':
    case 'DECIDED':
    case 'STABLE':
    case 'BATCH':
    case 'STATE':
    case 'DATA':
      return plain;
  }
}
