/** Basic HotStuff: what a leader says once it has counted the votes of a phase (Algorithm 2). */
import type { Certificate, HotStuffMessage, Phase } from './messages.ts';
import { leaderOf } from './rotation.ts';
import { beginningOf, send, type HotStuff } from './state.ts';

export type PhaseMessage = Extract<HotStuffMessage, { type: 'PRE-COMMIT' | 'COMMIT' | 'DECIDE' }>;

/** The certificate that each message shows, and the votes it asks for: none, when all is decided. */
export const stages: Readonly<
  Record<PhaseMessage['type'], { readonly shows: Phase; readonly asks: Phase | null }>
> = {
  'PRE-COMMIT': { shows: 'prepare', asks: 'pre-commit' },
  COMMIT: { shows: 'pre-commit', asks: 'commit' },
  DECIDE: { shows: 'commit', asks: null },
};

/** To all, and to itself: its own vote of the next phase is one of the quorum. */
export function announce(hotStuff: HotStuff, certificate: Certificate): void {
  const { state } = hotStuff;
  const { phase, view } = certificate;
  const leader = leaderOf(view, beginningOf(state), state.setting);
  if (view !== state.view || leader !== state.self) return;
  for (const type of Object.keys(stages) as PhaseMessage['type'][]) {
    if (stages[type].shows === phase) send(hotStuff, state.setting.voters, { type, certificate });
  }
}
