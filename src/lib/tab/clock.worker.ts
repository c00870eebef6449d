/** The worker behind `WorkerClock`: it counts down to the time it was given last, and says so. */
let timer: ReturnType<typeof setTimeout> | undefined;

self.onmessage = ({ data: ms }: MessageEvent<number>) => {
  clearTimeout(timer);
  timer = setTimeout(() => self.postMessage(null), ms);
};
