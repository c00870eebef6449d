/**
 * Changes of membership, the leader's part (dissertation, chapter 4). A change goes through these steps, and the log
 * alone says how far it has come: newcomers become learners; when they have caught up, one entry names the new voters,
 * or the joint configuration; once that is committed, a joint one is left by another entry.
 */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Operation } from '../core/replica.ts';
import { isJoint, isVoter, membersOf, placedAt, type Configuration } from './configuration.ts';
import { appendAsLeader } from './leader.ts';
import { lastIndexOf, latestConfiguration } from './log.ts';
import type { OperationRefusal } from './notes.ts';
import { initialProgress } from './progress.ts';
import { sendCommitNews, sendFarewell } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { configurationOf, type CatchUp, type Change, type Leader, type Raft } from './state.ts';

type Membership = Omit<Extract<Operation, { type: 'changeMembership' }>, 'type'>;

/** §4.2.1: "The algorithm waits a fixed number of rounds (such as 10)"; here the first short one is the last. */
const catchUpRoundsMax = 10;
/** Longest election timeouts without any answer after which a newcomer counts as gone. */
const silentTimeoutsMax = 4;

/** Begins the change that a person asked for. Returns why not, or `null`. */
export function changeMembership(raft: Raft, wanted: Membership): OperationRefusal | null {
  const { state, rules } = raft;
  const leader = state.role;
  if (leader.name !== 'leader') return 'not-leader';
  if (leader.change) return 'change-under-way';
  const now = configurationOf(state);
  if (rules.isChangeUnderWay(state)) return 'change-under-way';
  if (!rules.hasCommittedInTerm(state)) return 'nothing-committed';
  const problem = problemOf(wanted, now);
  if (problem) return problem;

  const newcomers = wanted.voters.filter((id) => !now.voters.includes(id));
  const added = newcomers.filter((id) => !now.learners.includes(id));
  const upTo = lastIndexOf(state.log);
  const round = (): CatchUp => ({ round: 1, upTo, since: leader.round, done: false });
  const { voters, learners } = wanted;
  const rounds = new Map(newcomers.map((id) => [id, round()]));
  leader.change = { voters, learners, newcomers: rounds, added };
  if (added.length > 0) {
    // R32: a voter with an empty log would count before it can help to commit anything.
    appendConfiguration(raft, leader, { ...now, learners: [...now.learners, ...added] });
    raft.effects.push({ type: 'note', note: { note: 'learnersAdded', learners: added } });
  }
  return null;
}

function problemOf({ voters, learners }: Membership, now: Configuration): OperationRefusal | null {
  const named = [...voters, ...learners];
  if (voters.length === 0) return 'no-voters';
  if (new Set(named).size < named.length) return 'named-twice';
  if (named.length + now.learners.length > limits.votersMax) return 'too-many';
  const isSame = isSameSet(voters, now.voters) && isSameSet(learners, now.learners);
  return isSame ? 'unchanged' : null;
}

function isSameSet(a: readonly ReplicaId[], b: readonly ReplicaId[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

/** After every event: takes a change under way as far as it can go now. A new leader finishes what it finds (R31). */
export function tendMembership(raft: Raft): void {
  const { state, rules } = raft;
  const leader = state.role;
  if (leader.name !== 'leader') return;
  if (leader.change) catchUp(raft, leader, leader.change);
  const { index, configuration } = latestConfiguration(state.log);
  if (index > state.commitIndex) return;
  settleMembers(raft, leader, index, configuration);
  if (!rules.hasCommittedInTerm(state)) return;
  if (isJoint(configuration)) {
    appendConfiguration(raft, leader, { ...configuration, votersOld: [] });
  } else if (!isVoter(state.self, configuration)) {
    // R33: its followers must know of the commit before they are left without a leader.
    sendCommitNews(raft, leader);
    becomeFollower(raft, state.currentTerm, 'removed');
  } else if (leader.change && [...leader.change.newcomers.values()].every(({ done }) => done)) {
    decide(raft, leader, leader.change, configuration);
  }
}

/** All newcomers have caught up: the change itself, in one entry or through the joint configuration (R31). */
function decide(raft: Raft, leader: Leader, change: Change, now: Configuration): void {
  const { voters, learners } = change;
  leader.change = null;
  const votersOld = raft.rules.mustBeJoint(now.voters, voters) ? now.voters : [];
  appendConfiguration(raft, leader, { voters, votersOld, learners });
}

/** R27: in force with the append. Whom it adds gets entries at once; whom it removes, until it is committed. */
function appendConfiguration(raft: Raft, leader: Leader, configuration: Configuration): void {
  const { state } = raft;
  const lastIndex = lastIndexOf(state.log);
  for (const id of membersOf(configuration)) {
    if (!leader.progress.has(id)) leader.progress.set(id, initialProgress(lastIndex, leader.round));
  }
  const term = state.currentTerm;
  appendAsLeader(raft, leader, [{ kind: 'config', term, configuration }]);
}

/** R32: ends and begins rounds. A newcomer that does not answer, or never catches up, ends the change. */
function catchUp(raft: Raft, leader: Leader, change: Change): void {
  const { state, rules, context, effects } = raft;
  const { heartbeatTicks, electionTicksMin, electionTicksMax } = context.timing;
  const lastIndex = lastIndexOf(state.log);
  for (const [newcomer, round] of change.newcomers) {
    const progress = leader.progress.get(newcomer);
    if (!progress) return abandon(raft, leader, change, { newcomer, reason: 'no-answer' });
    const silentTicks = (leader.round - progress.heardRound) * heartbeatTicks;
    if (silentTicks > silentTimeoutsMax * electionTicksMax) {
      return abandon(raft, leader, change, { newcomer, reason: 'no-answer' });
    }
    if (round.done || progress.matchIndex < round.upTo) continue;
    const roundTicks = (leader.round - round.since) * heartbeatTicks;
    if (rules.isCaughtUp(roundTicks, electionTicksMin)) {
      round.done = true;
      const note = { note: 'learnerCaughtUp', learner: newcomer, rounds: round.round } as const;
      effects.push({ type: 'note', note });
    } else if (round.round >= catchUpRoundsMax) {
      return abandon(raft, leader, change, { newcomer, reason: 'too-slow' });
    } else {
      round.round++;
      round.upTo = lastIndex;
      round.since = leader.round;
    }
  }
}

/** The learners that were added for the change go again, once the entry that added them is committed. */
function abandon(
  raft: Raft,
  leader: Leader,
  change: Change,
  why: { readonly newcomer: ReplicaId; readonly reason: 'no-answer' | 'too-slow' },
): void {
  raft.effects.push({ type: 'note', note: { note: 'changeAbandoned', ...why } });
  const { voters, learners } = configurationOf(raft.state);
  const left = learners.filter((id) => !change.added.includes(id));
  const isBack = left.length === learners.length;
  leader.change = isBack ? null : { voters, learners: left, newcomers: new Map(), added: [] };
}

/** `configuration` is committed: says what it changed, and takes leave of whom it leaves out. */
function settleMembers(
  raft: Raft,
  leader: Leader,
  index: number,
  configuration: Configuration,
): void {
  const { state } = raft;
  const { configurations } = state.log;
  if (leader.settledIndex >= index) return;
  leader.settledIndex = index;
  const members = membersOf(configuration);
  const gone = [...leader.progress.keys()].filter(
    (id) => id !== state.self && !members.includes(id),
  );
  if (gone.length > 0) sendFarewell(raft, leader, gone);
  for (const id of gone) leader.progress.delete(id);
  if (isJoint(configuration)) return;
  const before = placedAt(configurations, index - 1).configuration;
  const votersBefore = isJoint(before) ? before.votersOld : before.voters;
  const promoted = configuration.voters.filter((id) => !votersBefore.includes(id));
  const removed = votersBefore.filter((id) => !configuration.voters.includes(id));
  const learners = [...configuration.learners];
  raft.effects.push({
    type: 'note',
    note: { note: 'membershipChanged', index, promoted, removed, learners },
  });
}
