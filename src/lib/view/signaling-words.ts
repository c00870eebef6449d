/** The state of the door, for a screen. */
import type { SignalingState } from '../room/signaling-client.ts';
import type { SignalingView } from './types.ts';

const noAnswer = 'The server that introduces newcomers does not answer.';
const goesOn = 'The room goes on without it; nobody new can join until it is back.';

export function signalingView(state: SignalingState): SignalingView {
  switch (state.state) {
    case 'connected':
      return { state: 'connected', text: '' };
    case 'refused':
      return { state: 'refused', text: state.why };
    case 'closed':
      return { state: 'none', text: '' };
    default:
      return {
        state: 'reconnecting',
        text: `${state.state === 'reconnecting' && state.why !== '' ? state.why : noAnswer} ${goesOn}`,
      };
  }
}
