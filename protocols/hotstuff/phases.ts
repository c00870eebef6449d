/** Basic HotStuff: votes of the later phases, and what a leader waits for before it proposes (Algorithm 2). */
import type { ReplicaId } from '../core/ids.ts';
import { isOfPhase, learnCertificate, learnSync } from './certifying.ts';
import { stages, type PhaseMessage } from './announcing.ts';
import type { Certificate, HotStuffMessage } from './messages.ts';
import { note, type HotStuff } from './state.ts';
import { giveVote } from './voting.ts';

/** H2: type and phase must agree. Whoever brings it, a quorum signed it. */
export function onPhase(
  hotStuff: HotStuff,
  from: ReplicaId,
  { type, certificate }: PhaseMessage,
): void {
  const { state, rules } = hotStuff;
  const { shows, asks } = stages[type];
  const { view, block } = certificate;
  if (view === 0 || rules.phases[0] !== 'prepare' || !isOfPhase(hotStuff, certificate, shows)) {
    return note(hotStuff, { note: 'certificateRefused', from });
  }
  if (asks === null) return learnCertificate(hotStuff, certificate);
  // HI4: who has missed the prepare certificate cannot be locked on what follows it.
  const isKnown = asks === 'pre-commit' || isSame(state.highQC, certificate);
  if (view !== state.view || !isKnown) return;
  learnCertificate(hotStuff, certificate);
  const node = state.nodes.get(block);
  if (node && rules.mayVoteNext(asks, state)) giveVote(hotStuff, node, asks);
}

const isSame = (a: Certificate, b: Certificate): boolean =>
  a.view === b.view && a.block === b.block;

/** H5, "collect (n − f) new-view messages": of distinct replicas, by the link they came through (K9). */
export function onNewView(
  hotStuff: HotStuff,
  from: ReplicaId,
  { view, sync }: Extract<HotStuffMessage, { type: 'NEW-VIEW' }>,
): void {
  const { state } = hotStuff;
  if (!state.setting.voters.includes(from)) return;
  if (!learnSync(hotStuff, sync)) return note(hotStuff, { note: 'certificateRefused', from });
  if (view > (state.newViews.get(from) ?? 0)) state.newViews.set(from, view);
}
