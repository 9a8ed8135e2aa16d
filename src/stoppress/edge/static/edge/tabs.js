/* One stream per browser: of the tabs that show the same coverage, one listens (the leader) and passes on what it hears.
   (Over HTTP/1.1 a browser opens six connections to a site; the seventh tab would wait for ever.)

   sharedStream("storm-maren", cursorNow, told)    the same as openStream(address, told): { close, silence }

   Who holds the Web Lock leads. When it closes, or is frozen by the browser, the lock goes to the next tab, which opens
   a stream from its own cursor. Changes go round by BroadcastChannel; a tab that finds a gap in them asks for what it
   misses, as after any gap. Where Web Locks are not to be had, as in a sandboxed frame, each tab has a stream of its own. */

import { openStream } from "./stream.js";
import { wait } from "./waiting-time.js";

const HEARS_WITHIN = 6;      // seconds in which a tab that does not lead must hear of the leader
const SILENT_FOR = 40;       // seconds; the leader passes on the server's beats, one in 15

export function sharedStream(slug, cursor, told) {
  const address = () => `/live/${slug}/stream?after=${cursor()}`;
  if (origin === "null" || !navigator.locks || !window.BroadcastChannel) return openStream(address(), told);

  const name = `stoppress-live-${slug}`;
  const channel = new BroadcastChannel(name);
  const giveUp = new AbortController();
  const watchdog = wait();
  let stream = null, letGo = null, ended = false, open = false, heardAt = Date.now();

  function end(then, ...facts) {
    if (ended) return;
    ended = true;
    watchdog.stop();
    stream?.close();
    channel.close();
    giveUp.abort();
    letGo?.();
    then?.(...facts);
  }

  /* The leader: a stream of its own, and everything it hears is said again. */
  function lead() {
    watchdog.stop();
    const say = (event, fact) => { if (!ended) channel.postMessage({ event, fact }); };
    stream = openStream(address(), {
      opened() { heard(); open = true; say("here", cursor()); told.opened(); },
      heard() { heard(); say("beat"); told.heard(); },
      change(change) { say("change", change); told.change(change); },
      reset() { say("reset"); end(told.reset); },
      bye(seconds) { end(told.bye, seconds); },
      failed() { end(told.failed); },
    });
  }

  /* The others: they hear the leader, and ask whether there is one. */
  channel.addEventListener("message", ({ data: { event, fact } }) => {
    if (ended) return;
    if (stream) { if (event === "anybody?" && open) channel.postMessage({ event: "here", fact: cursor() }); return; }
    heard();
    if (event === "anybody?") return;
    watchdog.start(SILENT_FOR, () => end(told.failed));
    if (event === "here") { open = true; told.opened(); told.behind?.(fact); }
    else if (event === "change") told.change(fact);
    else if (event === "reset") end(told.reset);
    else if (open) told.heard();
  });

  function heard() { heardAt = Date.now(); }

  navigator.locks.request(name, { signal: giveUp.signal }, () => {
    if (ended) return undefined;
    lead();
    return new Promise((resolve) => { letGo = resolve; });
  }).catch(() => { if (!ended) lead(); });  // refused, as in a frame of another site; or given up before it was our turn
  watchdog.start(HEARS_WITHIN, () => end(told.failed));
  channel.postMessage({ event: "anybody?" });

  return { close: () => end(), silence: () => (Date.now() - heardAt) / 1000, get leads() { return stream !== null; } };
}
