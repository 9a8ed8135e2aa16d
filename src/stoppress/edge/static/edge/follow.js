/* Brings every change after the page's cursor, once and in order, by whatever way works.

   A stream is tried first, one for all tabs of this coverage. If it does not open, breaks or falls silent, `changes` is polled while the stream is tried
   again now and then. A page that was asleep, hidden, offline or in the back-forward cache asks at once when it is back;
   one whose coverage has ended asks now and then.
   `onLink` is told how it stands: "open", "lost" or "offline". */

import { ask } from "./poll.js";
import { sharedStream } from "./tabs.js";
import { jittered, wait } from "./waiting-time.js";

const LOST_AFTER = 4;        // seconds without any way before the reader is told
const HIDDEN_AFTER = 60;     // seconds in the background before the stream is given up for slow polling
const HIDDEN_WAIT = 30;      // seconds between polls in the background
const ENDED_WAIT = 120;      // seconds between polls once coverage has ended: it may still be corrected, or go on
const LONGEST_RETRY = 120;   // seconds
const FILL_AGAIN = 3;        // seconds until a change that somebody told of is asked for again
const AWAKE = 20;            // seconds of silence after which a returning page opens a new stream

export function follow({ slug, cursor, listening, onChanges, onReset, onLink }) {
  const at = parse(cursor);
  let stream = null, polling = null, retry = wait(), failures = 0;
  const lost = wait(), hidden = wait(), missing = wait();
  let known = at.seq, filling = false;  // the newest change that somebody has told of

  function take(changes, gapsMayBe) {
    const fresh = changes.filter((change) => change.seq > at.seq);
    if (!fresh.length) return;
    if (!gapsMayBe && fresh[0].seq > at.seq + 1) return heardOf(fresh[fresh.length - 1].seq);
    at.seq = fresh[fresh.length - 1].seq;
    onChanges(fresh);
    const state = fresh[fresh.length - 1].blog.state;
    if (listening !== (state !== "ended")) heed(state !== "ended");
  }

  /* A change that is not here: asked for until it is, while a stream is open; who only polls asks anyway. Who answers
     may be behind who told of it: another process, a cache. */
  function heardOf(seq) {
    known = Math.max(known, seq);
    if (known > at.seq && !filling && !missing.running) fill();
  }
  async function fill() {
    filling = true;
    await catchUp();
    filling = false;
    if (known > at.seq && stream) missing.start(jittered(FILL_AGAIN), fill);
  }

  function heed(following) {
    listening = following;
    rest();
    connect();
    if (!listening) onLink("open");
    if (document.hidden) asleep();
  }

  function connect() {
    stream?.close();
    retry.stop();
    if (!listening) return poll(jittered(ENDED_WAIT));
    stream = sharedStream(slug, () => `${at.epoch}-${at.seq}`, {
      opened() { failures = 0; stopPolling(); linked(); },
      heard: linked,
      change: (change) => take([change], false),
      behind(cursor) { parse(cursor).epoch === at.epoch ? heardOf(parse(cursor).seq) : catchUp(); },
      reset: onReset,
      bye(seconds) { stream = null; retry.start(jittered(seconds), connect); },
      failed() { stream = null; if (!polling) unlinked(); poll(jittered(failures ? 3 : 1)); retryLater(); },
    });
  }

  function retryLater() {
    retry.start(jittered(Math.min(LONGEST_RETRY, 3 * 2 ** failures++)), connect);
  }

  function poll(first) {
    if (polling) return;
    polling = wait();
    const again = async () => {
      const seconds = await catchUp();
      const least = !listening ? ENDED_WAIT : document.hidden ? HIDDEN_WAIT : 0;
      polling?.start(jittered(Math.max(seconds, least)), again);
    };
    polling.start(first, again);
  }

  function stopPolling() {
    polling?.stop();
    polling = null;
  }

  /* Asks until the end of the log is reached; answers how many seconds to wait before asking again. */
  async function catchUp() {
    try {
      for (;;) {
        const answer = await ask(slug, `${at.epoch}-${at.seq}`);
        if (answer.reset) return onReset(), 60;
        take(answer.changes, true);
        at.seq = Math.max(at.seq, parse(answer.cursor).seq);
        if (!answer.more) return linked(), answer.wait || 5;
      }
    } catch {
      unlinked();
      return 10;
    }
  }

  function linked() { lost.stop(); if (listening) onLink("open"); }
  function unlinked() {
    if (!listening) return;
    if (!navigator.onLine) return onLink("offline");
    if (!lost.running) lost.start(LOST_AFTER, () => onLink("lost"));
  }

  function rest() {
    stream?.close();
    stream = null;
    retry.stop();
    lost.stop();
    missing.stop();
    stopPolling();
  }

  function awake() {
    hidden.stop();
    catchUp();
    if (!listening) poll(jittered(ENDED_WAIT));
    else if (!(stream && stream.silence() < AWAKE)) connect();
    if (document.hidden) asleep();
  }

  function asleep() {
    if (listening) hidden.start(HIDDEN_AFTER, () => { rest(); poll(jittered(HIDDEN_WAIT)); });
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? asleep() : awake()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => event.persisted && awake());
  addEventListener("online", awake);
  addEventListener("offline", () => { if (listening) { rest(); onLink("offline"); } });
  connect();
  if (document.hidden) asleep();
}

function parse(cursor) {
  const dash = cursor.lastIndexOf("-");
  return { epoch: cursor.slice(0, dash), seq: Number(cursor.slice(dash + 1)) };
}
