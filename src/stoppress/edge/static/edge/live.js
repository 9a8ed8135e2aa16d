/* Keeps an open page of live coverage up to date. The page is complete without it.

   <main data-live data-slug="storm-maren" data-cursor="5f2c-34" data-state="live" data-page="newest|older|single">

   follow.js brings changes (stream.js, else poll.js) → coverage.js puts them on the page → title, counter, announcement. */

import { announcer } from "./announce.js";
import { copyLinks } from "./copy-link.js";
import { coverage } from "./coverage.js";
import { follow } from "./follow.js";
import { jumpToPosts } from "./jump.js";
import { reload, returnToPlace } from "./reload.js";
import { relativeTimes } from "../coverage/relative-time.js";
import { statusLine } from "./status.js";

const main = document.querySelector("main[data-live]");
if (main) start(main);

function start(main) {
  const announce = announcer(main.querySelector("[data-announce]"));
  const status = statusLine(main.querySelector("[data-bar]"), announce);
  const times = relativeTimes(main);
  const page = coverage(main, { announce, times });

  if (self === top) copyLinks(main, announce);  // in a frame of another site the clipboard is not ours: a link is a link
  jumpToPosts(main);
  returnToPlace();
  follow({
    slug: main.dataset.slug,
    cursor: main.dataset.cursor,
    listening: main.dataset.state !== "ended",
    onChanges: (changes) => page.take(changes),
    onReset: reload,
    onLink: status.show,
  });
}
