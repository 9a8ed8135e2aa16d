/* One stream per browser: of the tabs that show the same coverage, one listens (the leader) and passes on what it hears.
   (Over HTTP/1.1 a browser opens six connections to a site; the seventh tab would wait for ever.)

   sharedStream("storm-maren", cursorNow, told)    the same as openStream(address, told): { close, silence }

   Who holds the Web Lock leads. When it closes, or is frozen by the browser, the lock goes to the next tab, which opens
   a stream from its own cursor. Changes go round by BroadcastChannel; a tab that finds a gap in them asks for what it
   misses, as after any gap. Where Web Locks are not to be had, as in a sandboxed frame, each tab has a stream of its own.

   A server that says bye sends the whole browser away: the leader keeps the lock while it waits, and tells the others
   for how long, so that who takes over from it meanwhile waits the rest. */

import { openStream } from "./stream.js";
import { jittered, wait } from "./waiting-time.js";

const HEARS_WITHIN = 6;      // seconds in which a tab that does not lead must hear of the leader
const SILENT_FOR = 40;       // seconds; the leader passes on the server's beats, one in 15

let before = false;          // whether this page has heard a stream, its own or another tab's: the server counts who comes back

export function sharedStream(slug, cursor, told) {
  const address = () => `/live/${slug}/stream?after=${cursor()}${before ? "&again=1" : ""}`;
  const opened = () => { before = true; told.opened(); };
  if (origin === "null" || !navigator.locks || !window.BroadcastChannel) return openStream(address(), { ...told, opened });

  const name = `stoppress-live-${slug}`;
  let channel;
  try {
    channel = new BroadcastChannel(name);
  } catch {  // Firefox, where cookies are blocked
    return openStream(address(), { ...told, opened });
  }
  const giveUp = new AbortController();
  const watchdog = wait(), away = wait();
  let stream = null, letGo = null, leads = false, ended = false, open = false, heardAt = Date.now(), backAt = 0;

  function end(then, ...facts) {
    if (ended) return;
    ended = true;
    watchdog.stop();
    away.stop();
    stream?.close();
    channel.close();
    giveUp.abort();
    letGo?.();
    then?.(...facts);
  }

  function say(event, fact) { if (!ended) channel.postMessage({ event, fact }); }
  function heard() { heardAt = Date.now(); }
  function sentAway(seconds) { backAt = performance.now() + seconds * 1000; }
  function secondsAway() { return Math.max(0, backAt - performance.now()) / 1000; }

  /* The leader: a stream of its own, and everything it hears is said again. */
  function lead() {
    leads = true;
    watchdog.stop();
    secondsAway() ? away.start(secondsAway(), listen) : listen();
  }
  function listen() {
    stream = openStream(address(), {
      opened() { heard(); open = true; say("here", cursor()); opened(); },
      heard() { heard(); say("beat"); told.heard(); },
      change(change) { say("change", change); told.change(change); },
      reset() { say("reset"); end(told.reset); },
      bye(seconds) { sentAway(jittered(seconds)); say("bye", secondsAway()); lead(); },
      failed() { end(told.failed); },
    });
  }
  function answer() {
    if (open) say("here", cursor());
    if (secondsAway()) say("bye", secondsAway());
  }

  /* The others: they hear the leader, and ask whether there is one. */
  channel.addEventListener("message", ({ data: { event, fact } }) => {
    if (ended) return;
    if (leads) { if (event === "anybody?") answer(); return; }
    heard();
    if (event === "anybody?") return;
    watchdog.start(SILENT_FOR + (event === "bye" ? fact : 0), () => end(told.failed));
    if (event === "here") { open = true; opened(); told.behind?.(fact); }
    else if (event === "change") told.change(fact);
    else if (event === "reset") end(told.reset);
    else if (event === "bye") sentAway(fact);
    else if (open) told.heard();
  });

  navigator.locks.request(name, { signal: giveUp.signal }, () => {
    if (ended) return undefined;
    lead();
    return new Promise((resolve) => { letGo = resolve; });
  }).catch(() => { if (!ended) lead(); });  // refused, as in a frame of another site; or given up before it was our turn
  watchdog.start(HEARS_WITHIN, () => end(told.failed));
  say("anybody?");

  return { close: () => end(), silence: () => (Date.now() - heardAt) / 1000 };
}
