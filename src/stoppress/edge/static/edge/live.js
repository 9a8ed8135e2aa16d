/* Keeps an open page of live coverage up to date. The page is complete without it.

   <main data-live data-slug="storm-maren" data-cursor="5f2c-34" data-state="live" data-page="newest|older|start|later|post">

   follow.js gets changes (stream.js, else fetch-changes.js) → apply-changes.js updates posts, title, button, announcement */

import { relativeTimes } from "../coverage/relative-time.js";
import { createAnnouncer } from "./announcer.js";
import { coveragePage } from "./apply-changes.js";
import { connectionStatus } from "./connection-status.js";
import { copyLinks } from "./copy-link.js";
import { openLinksOutside } from "./embed-links.js";
import { follow } from "./follow.js";
import { jumpToPosts } from "./jump-to-post.js";
import { readingKeys } from "./reading-keys.js";
import { returnToPlace, scheduleReload } from "./reload.js";
import { holdPlace } from "./scroll-anchor.js";

const main = document.querySelector("main[data-live]");
if (main) start(main);

function start(main) {
  const announcer = createAnnouncer(main.querySelector("[data-announce]"));
  const status = connectionStatus(main.querySelector("[data-status-bar]"), announcer);
  const times = relativeTimes(main);
  const page = coveragePage(main, { announcer, times });

  if (document.querySelector("[data-keys]")) readingKeys(main, announcer);
  if (self === top) copyLinks(main, announcer);  // a frame of another site may not use the clipboard: a link stays a link
  else openLinksOutside(main);
  jumpToPosts(main);
  returnToPlace();
  holdPlace(main);
  follow({
    slug: main.dataset.slug,
    cursor: main.dataset.cursor,
    isLive: main.dataset.state !== "ended",
    onChanges: page.apply,
    onReset: scheduleReload,
    onConnection: status.show,
  });
}
