/* One EventSource with a watchdog: a stream has failed if it does not open in time, breaks, or is silent for too long.
   (Phones cut connections without an error; some proxies hold back whole streams.)

   openStream("/live/storm-maren/stream?after=5f2c-34", { onOpen, onActivity, onChange, onReset, onBye, onFailure }) */

import { createTimer } from "./timer.js";

const OPEN_TIMEOUT_SECONDS = 6;      // until the first event
const SILENCE_TIMEOUT_SECONDS = 40;  // the server sends a heartbeat every 15 s

export function openStream(address, handlers) {
  const source = new EventSource(address);
  const watchdog = createTimer();
  let lastEventAt = Date.now();

  function end(callback) {
    watchdog.stop();
    source.close();
    callback?.();
  }
  function receive(event) {
    lastEventAt = Date.now();
    watchdog.start(SILENCE_TIMEOUT_SECONDS, () => end(handlers.onFailure));
    handlers.onActivity();
    return event.data ? JSON.parse(event.data) : null;
  }

  source.addEventListener("hello", (event) => { receive(event); handlers.onOpen(); });
  source.addEventListener("beat", receive);
  source.addEventListener("change", (event) => handlers.onChange(receive(event)));
  source.addEventListener("reset", () => end(handlers.onReset));
  source.addEventListener("bye", (event) => { const { wait } = receive(event); end(() => handlers.onBye(wait)); });
  source.addEventListener("error", () => end(handlers.onFailure));
  watchdog.start(OPEN_TIMEOUT_SECONDS, () => end(handlers.onFailure));

  return { close: () => end(), secondsSilent: () => (Date.now() - lastEventAt) / 1000 };
}
