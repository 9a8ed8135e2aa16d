/* A timer that can be stopped, and random waiting times, so that a thousand pages do not reconnect at once. */

export function createTimer() {
  let id = 0;
  const timer = {
    get running() { return id !== 0; },
    start(seconds, callback) {
      timer.stop();
      id = setTimeout(() => { id = 0; callback(); }, seconds * 1000);
    },
    stop() { clearTimeout(id); id = 0; },
  };
  return timer;
}

/* Returns 75 to 125 % of `seconds`. */
export function withJitter(seconds) {
  return seconds * (0.75 + Math.random() / 2);
}
