/* Delivers every change after the page's cursor, once and in order, over whatever connection works.

   A stream comes first, one for all tabs of this coverage. If it does not open, breaks or falls silent, the page polls for
   changes and retries the stream now and then. A page that was asleep, hidden, offline or in the back-forward cache
   fetches at once when it returns. A page whose coverage has ended fetches now and then.
   `onConnection` gets the state of the connection: "open", "lost" or "offline". */

import { fetchChanges } from "./fetch-changes.js";
import { openSharedStream } from "./shared-stream.js";
import { createTimer, withJitter } from "./timer.js";

// seconds
const LOST_AFTER = 4;        // without any connection, before the reader sees it
const HIDDEN_AFTER = 60;     // in the background, before slow polling replaces the stream
const HIDDEN_WAIT = 30;      // between polls in the background
const ENDED_WAIT = 120;      // between polls once coverage has ended: it may still be corrected, or resume
const MAX_RETRY_WAIT = 120;
const POLL_ERROR_WAIT = 10;  // after a poll that failed
const POLL_RESET_WAIT = 60;  // after a reset: the page is about to reload
const DEFAULT_POLL_WAIT = 5; // if the answer names no time
const FILL_AGAIN = 3;        // before a missing change is fetched again
const FRESH_STREAM = 20;     // silence up to which a returning page keeps its stream

export function follow({ slug, cursor, isLive, onChanges, onReset, onConnection }) {
  const at = parseCursor(cursor);
  const retry = createTimer(), lost = createTimer(), hidden = createTimer(), missing = createTimer();
  let stream = null, polling = null, failures = 0;
  let newestSeq = at.seq, filling = false;  // the newest change that the page has learned of, and whether it fetches it

  function take(changes, mayHaveGaps) {
    const fresh = changes.filter((change) => change.seq > at.seq);
    if (!fresh.length) return;
    const last = fresh[fresh.length - 1];
    if (!mayHaveGaps && fresh[0].seq > at.seq + 1) return fillUpTo(last.seq);
    at.seq = last.seq;
    onChanges(fresh);
    if (isLive !== (last.blog.state !== "ended")) setLive(!isLive);
  }

  /* Fetches a missing change until it arrives, while a stream is open; a page that polls fetches anyway. The answer may
     be behind the change: it may come from another process or from a cache. */
  function fillUpTo(seq) {
    newestSeq = Math.max(newestSeq, seq);
    if (newestSeq > at.seq && !filling && !missing.running) fill();
  }
  async function fill() {
    filling = true;
    await catchUp();
    filling = false;
    if (newestSeq > at.seq && stream) missing.start(withJitter(FILL_AGAIN), fill);
  }

  function setLive(live) {
    isLive = live;
    disconnect();
    connect();
    if (!isLive) onConnection("open");
    if (document.hidden) sleep();
  }

  function connect() {
    stream?.close();
    retry.stop();
    if (!isLive) return poll(withJitter(ENDED_WAIT));
    stream = openSharedStream(slug, () => `${at.epoch}-${at.seq}`, {
      onOpen() { failures = 0; stopPolling(); showConnected(); },
      onActivity: showConnected,
      onChange: (change) => take([change], false),
      onLeaderCursor(text) { const leader = parseCursor(text); leader.epoch === at.epoch ? fillUpTo(leader.seq) : catchUp(); },
      onReset,
      onBye(seconds) { stream = null; retry.start(withJitter(seconds), connect); },
      onFailure() { stream = null; if (!polling) showDisconnected(); poll(withJitter(failures ? 3 : 1)); retryLater(); },
    });
  }

  function retryLater() {
    retry.start(withJitter(Math.min(MAX_RETRY_WAIT, 3 * 2 ** failures++)), connect);
  }

  function poll(firstWait) {
    if (polling) return;
    polling = createTimer();
    const pollOnce = async () => {
      const seconds = await catchUp();
      const minimum = !isLive ? ENDED_WAIT : document.hidden ? HIDDEN_WAIT : 0;
      polling?.start(withJitter(Math.max(seconds, minimum)), pollOnce);
    };
    polling.start(firstWait, pollOnce);
  }

  function stopPolling() {
    polling?.stop();
    polling = null;
  }

  /* Fetches up to the end of the log. Returns the seconds to wait before the next poll. */
  async function catchUp() {
    try {
      for (;;) {
        const answer = await fetchChanges(slug, `${at.epoch}-${at.seq}`);
        if (answer.reset) return onReset(), POLL_RESET_WAIT;
        take(answer.changes, true);
        at.seq = Math.max(at.seq, parseCursor(answer.cursor).seq);
        if (!answer.more) return showConnected(), answer.wait || DEFAULT_POLL_WAIT;
      }
    } catch {
      showDisconnected();
      return POLL_ERROR_WAIT;
    }
  }

  function showConnected() { lost.stop(); if (isLive) onConnection("open"); }
  function showDisconnected() {
    if (!isLive) return;
    if (!navigator.onLine) return onConnection("offline");
    if (!lost.running) lost.start(LOST_AFTER, () => onConnection("lost"));
  }

  function disconnect() {
    stream?.close();
    stream = null;
    retry.stop();
    lost.stop();
    missing.stop();
    stopPolling();
  }

  function wake() {
    hidden.stop();
    catchUp();
    if (!isLive) poll(withJitter(ENDED_WAIT));
    else if (!(stream && stream.secondsSilent() < FRESH_STREAM)) connect();
    if (document.hidden) sleep();
  }

  function sleep() {
    if (isLive) hidden.start(HIDDEN_AFTER, () => { disconnect(); poll(withJitter(HIDDEN_WAIT)); });
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? sleep() : wake()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => event.persisted && wake());
  addEventListener("online", wake);
  addEventListener("offline", () => { if (isLive) { disconnect(); onConnection("offline"); } });
  connect();
  if (document.hidden) sleep();
}

function parseCursor(text) {
  const dash = text.lastIndexOf("-");
  return { epoch: text.slice(0, dash), seq: Number(text.slice(dash + 1)) };
}
