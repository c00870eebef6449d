/** A replica that saw what its fault model rules out: visible, not dead. */
import { stoppedWrite } from './durable.ts';
import { disarmNewView, disarmRequest } from './pacemaker.ts';
import type { Pbft } from './state.ts';

/** From here on it signs and executes nothing, also after a restart. */
export function stopSigning(pbft: Pbft, reason: string): void {
  const { state, effects } = pbft;
  state.stopped = reason;
  disarmRequest(pbft);
  disarmNewView(pbft);
  effects.push({ type: 'persist', writes: [stoppedWrite(reason)] });
  effects.push({ type: 'note', note: { note: 'assumptionBroken', text: reason } });
}
