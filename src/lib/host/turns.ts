/**
 * Slow computing in small pieces, first come, first served: between two slices everything else that waits for this
 * thread has its turn, so that whoever asks for much holds up neither timers nor others.
 */

/** A slice, in ms: at most this, and one computation, between two turns of the event loop. */
const sliceMs = 4;

let last: Promise<unknown> = Promise.resolve();
let sliceBegan = -Infinity;

/** What `compute` gives, once those who asked before are served. `compute` must not throw. */
export function inTurn<T>(compute: () => T): Promise<T> {
  const turn = last.then(async () => {
    if (performance.now() - sliceBegan > sliceMs) {
      await eventLoopTurn();
      sliceBegan = performance.now();
    }
    return compute();
  });
  last = turn;
  return turn;
}

/** A message to oneself: unlike a timer, a browser does not put it off. */
function eventLoopTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
