/* One stream per browser: among the tabs that show the same coverage, one is the leader. It has a stream and passes its
   events on to the others. (Over HTTP/1.1 a browser opens six connections to a site; a seventh stream would never open.)

   openSharedStream("storm-maren", currentCursor, handlers)    like openStream(address, handlers): { close, secondsSilent }

   The tab that holds the Web Lock is the leader. When it closes, or the browser freezes it, the next tab gets the lock and
   opens a stream from its own cursor. Events travel by BroadcastChannel. A tab that finds a gap in the changes fetches
   them, as after any gap. Without Web Locks, as in a sandboxed frame, each tab has a stream of its own.

   When the server closes a stream with `bye`, all tabs of the browser wait: the leader keeps the lock and sends the
   others the waiting time, so that a tab that becomes the leader meanwhile waits for the rest of it. */

import { openStream } from "./stream.js";
import { createTimer, withJitter } from "./timer.js";

const LEADER_TIMEOUT_SECONDS = 6;    // in which another tab must receive an answer from the leader
const SILENCE_TIMEOUT_SECONDS = 40;  // the leader passes on the server's heartbeats, one in 15 s

let hadStream = false;       // true once this page has had a stream, its own or another tab's: the server counts reconnects

export function openSharedStream(slug, cursor, handlers) {
  const address = () => `/live/${slug}/stream?after=${cursor()}${hadStream ? "&again=1" : ""}`;
  const onOpen = () => { hadStream = true; handlers.onOpen(); };
  if (origin === "null" || !navigator.locks || !window.BroadcastChannel) return openStream(address(), { ...handlers, onOpen });

  const name = `stoppress-live-${slug}`;
  let channel;
  try {
    channel = new BroadcastChannel(name);
  } catch {  // Firefox, if cookies are blocked
    return openStream(address(), { ...handlers, onOpen });
  }
  const lockRequest = new AbortController();
  const watchdog = createTimer(), pause = createTimer();
  let stream = null, releaseLock = null, isLeader = false, ended = false, isOpen = false, lastEventAt = Date.now(), pausedUntil = 0;

  function end(callback) {
    if (ended) return;
    ended = true;
    watchdog.stop();
    pause.stop();
    stream?.close();
    channel.close();
    lockRequest.abort();
    releaseLock?.();
    callback?.();
  }

  function send(event, value) { if (!ended) channel.postMessage({ event, value }); }
  function noteActivity() { lastEventAt = Date.now(); }
  function pauseFor(seconds) { pausedUntil = performance.now() + seconds * 1000; }
  function secondsPaused() { return Math.max(0, pausedUntil - performance.now()) / 1000; }

  /* The leader: has a stream and passes every event on. */
  function lead() {
    isLeader = true;
    watchdog.stop();
    secondsPaused() ? pause.start(secondsPaused(), open) : open();
  }
  function open() {
    stream = openStream(address(), {
      onOpen() { noteActivity(); isOpen = true; send("open", cursor()); onOpen(); },
      onActivity() { noteActivity(); send("beat"); handlers.onActivity(); },
      onChange(change) { send("change", change); handlers.onChange(change); },
      onReset() { send("reset"); end(handlers.onReset); },
      onBye(seconds) { pauseFor(withJitter(seconds)); send("bye", secondsPaused()); lead(); },
      onFailure() { end(handlers.onFailure); },
    });
  }
  function sendStatus() {
    if (isOpen) send("open", cursor());
    if (secondsPaused()) send("bye", secondsPaused());
  }

  /* The other tabs: request the leader's status, then receive its events. */
  channel.addEventListener("message", ({ data: { event, value } }) => {
    if (ended) return;
    if (isLeader) { if (event === "status?") sendStatus(); return; }
    noteActivity();
    if (event === "status?") return;
    watchdog.start(SILENCE_TIMEOUT_SECONDS + (event === "bye" ? value : 0), () => end(handlers.onFailure));
    if (event === "open") { isOpen = true; onOpen(); handlers.onLeaderCursor?.(value); }
    else if (event === "change") handlers.onChange(value);
    else if (event === "reset") end(handlers.onReset);
    else if (event === "bye") pauseFor(value);
    else if (isOpen) handlers.onActivity();
  });

  navigator.locks.request(name, { signal: lockRequest.signal }, () => {
    if (ended) return undefined;
    lead();
    return new Promise((resolve) => { releaseLock = resolve; });
  }).catch(() => { if (!ended) lead(); });  // refused, as in a frame of another site; or aborted before the lock was free
  watchdog.start(LEADER_TIMEOUT_SECONDS, () => end(handlers.onFailure));
  send("status?");

  return { close: () => end(), secondsSilent: () => (Date.now() - lastEventAt) / 1000 };
}
