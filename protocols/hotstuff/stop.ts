/** A replica that saw what its fault model rules out: visible, not dead. */
import { stoppedWrite } from './durable.ts';
import { note, type HotStuff } from './state.ts';

/** From here on it signs and executes nothing, also after a restart. */
export function stopSigning(hotStuff: HotStuff, reason: string): void {
  hotStuff.state.stopped = reason;
  hotStuff.effects.push({ type: 'persist', writes: [stoppedWrite(reason)] });
  note(hotStuff, { note: 'assumptionBroken', text: reason });
}
