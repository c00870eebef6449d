/** How replicas come into one view, and leave it together (C20 to C24). */
import type { ReplicaId } from '../core/ids.ts';
import { say, type Signed } from '../core/signed.ts';
import { sayCountable } from './certificates.ts';
import { learnSync, learnTimeouts } from './certifying.ts';
import { safetyWrite } from './durable.ts';
import type { HotStuffMessage, SyncInfo, Timeout } from './messages.ts';
import { handOnAgain } from './requests.ts';
import { endedView, note, othersThan, send, syncInfoOf, type HotStuff } from './state.ts';
import { onVote } from './voting.ts';

/** C21: nothing was committed in time. Said again, unchanged, for as long as the view lasts. */
export function onViewTimeout(hotStuff: HotStuff): void {
  if (hotStuff.state.timeout?.view !== hotStuff.state.view) return giveUp(hotStuff, 'late');
  sayTimeout(hotStuff, hotStuff.state.timeout);
  handOnAgain(hotStuff);
}

/** C9: no vote is given in this view any more. */
function giveUp(hotStuff: HotStuff, reason: 'late' | 'others'): void {
  const { state, effects } = hotStuff;
  const { view, highQC } = state;
  const timeout: Timeout = { kind: 'TIMEOUT', view, highView: highQC.view };
  state.timeout = timeout;
  state.lastVoted = Math.max(state.lastVoted, view);
  state.fruitlessViews++;
  effects.push({ type: 'persist', writes: [safetyWrite(state)] });
  note(hotStuff, { note: 'timedOut', view, reason });
  sayTimeout(hotStuff, timeout);
  if (reason === 'late') handOnAgain(hotStuff);
}

/** With the last vote, since the leader it went to may be gone (C27), and with what brings anyone here (C23). */
export function sayTimeout(hotStuff: HotStuff, timeout: Timeout): void {
  const { state } = hotStuff;
  const { self, vote, highQC, setting } = state;
  const isWanted = vote?.phase === 'generic' && vote.view > highQC.view;
  send(hotStuff, setting.voters, {
    type: 'TIMEOUT',
    statement: say(self, timeout),
    sync: syncInfoOf(state),
    vote: isWanted ? sayCountable(self, vote, setting) : null,
  });
}

export function onTimeoutMessage(
  hotStuff: HotStuff,
  from: ReplicaId,
  { statement, sync, vote }: Extract<HotStuffMessage, { type: 'TIMEOUT' }>,
): void {
  const { state, rules } = hotStuff;
  if (!state.setting.voters.includes(statement.signer)) return;
  if (!rules.mayCountTimeout(statement, sync.highQC) || !learnSync(hotStuff, sync)) {
    return refuse(hotStuff, from);
  }
  if (vote) onVote(hotStuff, vote);
  helpIfBehind(hotStuff, from, sync, statement);
  const { signer } = statement;
  if (rules.replacesTimeout(statement, state.timeouts.get(signer)))
    state.timeouts.set(signer, statement);
}

/** After every step, until nothing more follows: C20, then C22. */
export function settleTimeouts(hotStuff: HotStuff): void {
  const { state, rules } = hotStuff;
  if (state.stopped !== null) return;
  for (;;) {
    const tc = rules.timeoutsWith(state.view, state);
    if (!tc) break;
    learnTimeouts(hotStuff, tc, state.view);
  }
  if (state.timeout?.view !== state.view && rules.mustJoinTimeout(state)) {
    giveUp(hotStuff, 'others');
  }
}

/** C23: whoever shows less than this replica has is told what it has. */
function helpIfBehind(
  hotStuff: HotStuff,
  from: ReplicaId,
  sync: SyncInfo,
  statement: Signed<Timeout> | null,
): void {
  const { state } = hotStuff;
  const view = statement?.body.view ?? endedView(sync) + 1;
  const hasLess =
    view < state.view ||
    sync.highQC.view < state.highQC.view ||
    (sync.decided?.view ?? 0) < (state.decided?.view ?? 0);
  if (from === state.self || !hasLess) return;
  send(hotStuff, [from], { type: 'SYNC', sync: syncInfoOf(state) });
}

export function onSync(hotStuff: HotStuff, from: ReplicaId, sync: SyncInfo): void {
  if (!learnSync(hotStuff, sync)) return refuse(hotStuff, from);
  helpIfBehind(hotStuff, from, sync, null);
}

/** Tells the others where it is, since it may have missed anything: after a restart or a sleep. */
export function askAround(hotStuff: HotStuff): void {
  const sync = syncInfoOf(hotStuff.state);
  send(hotStuff, othersThan(hotStuff.state), { type: 'SYNC', sync });
}

function refuse(hotStuff: HotStuff, from: ReplicaId): void {
  note(hotStuff, { note: 'certificateRefused', from });
}
