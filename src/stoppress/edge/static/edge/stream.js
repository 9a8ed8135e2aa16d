/* One EventSource with a watchdog: a stream that does not open in time, errs, or is silent for too long has failed.
   (Phones cut connections without an error; some proxies swallow whole streams.)

   openStream("/live/storm-maren/stream?after=5f2c-34", { opened, heard, change, reset, bye, failed }) */

import { wait } from "./waiting-time.js";

const OPENS_WITHIN = 6;      // seconds until the first frame
const SILENT_FOR = 40;       // seconds; the server beats every 15

export function openStream(address, told) {
  const source = new EventSource(address);
  const watchdog = wait();
  let heardAt = Date.now();

  function end(then) {
    watchdog.stop();
    source.close();
    then?.();
  }
  function heard(frame) {
    heardAt = Date.now();
    watchdog.start(SILENT_FOR, () => end(told.failed));
    told.heard();
    return frame.data ? JSON.parse(frame.data) : null;
  }

  source.addEventListener("hello", (frame) => { heard(frame); told.opened(); });
  source.addEventListener("beat", heard);
  source.addEventListener("change", (frame) => told.change(heard(frame)));
  source.addEventListener("reset", () => end(told.reset));
  source.addEventListener("bye", (frame) => { const { wait: seconds } = heard(frame); end(() => told.bye(seconds)); });
  source.addEventListener("error", () => end(told.failed));
  watchdog.start(OPENS_WITHIN, () => end(told.failed));

  return { close: () => end(), silence: () => (Date.now() - heardAt) / 1000 };
}
