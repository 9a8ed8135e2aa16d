/* A timer that can be stopped, and waiting times spread out so that a thousand pages do not come back as one. */

export function wait() {
  let id = 0;
  const timer = {
    get running() { return id !== 0; },
    start(seconds, then) {
      timer.stop();
      id = setTimeout(() => { id = 0; then(); }, seconds * 1000);
    },
    stop() { clearTimeout(id); id = 0; },
  };
  return timer;
}

export function jittered(seconds) {
  return seconds * (0.75 + Math.random() / 2);
}
