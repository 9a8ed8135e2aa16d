/* Reloads the page when changes alone cannot bring it up to date, and returns the reader to the same place. */

import { currentPlace, restorePlace } from "./scroll-anchor.js";
import { withJitter } from "./timer.js";

const MAX_DELAY_SECONDS = 3;       // random, so that not all readers reload in the same instant
const REPEAT_DELAY_SECONDS = 30;   // if this page was reloaded less than RECENT milliseconds ago
const RECENT = 10_000;

let scheduled = false;

export function scheduleReload() {
  if (scheduled) return;
  scheduled = true;
  const justReloaded = performance.getEntriesByType("navigation")[0]?.type === "reload" && performance.now() < RECENT;
  setTimeout(() => {
    history.replaceState({ ...history.state, place: currentPlace() }, "");
    location.reload();
  }, (justReloaded ? withJitter(REPEAT_DELAY_SECONDS) : Math.random() * MAX_DELAY_SECONDS) * 1000);
}

export function returnToPlace() {
  const place = history.state?.place;
  if (!place) return;
  history.replaceState({ ...history.state, place: null }, "");
  restorePlace(place);
}
