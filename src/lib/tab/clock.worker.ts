/** The worker behind `WorkerClock`: it counts, and says which timer is due. */
import type { ClockOrder } from './clock.ts';

const timers = new Map<number, ReturnType<typeof setTimeout>>();

self.onmessage = (event: MessageEvent<ClockOrder>) => {
  const order = event.data;
  if (order.type === 'clear') {
    clearTimeout(timers.get(order.id));
    timers.delete(order.id);
    return;
  }
  const fire = (): void => {
    timers.delete(order.id);
    self.postMessage(order.id);
  };
  timers.set(order.id, setTimeout(fire, order.ms));
};
