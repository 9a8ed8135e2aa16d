/* Loads the page again when changes alone cannot bring it up to date, and puts the reader back where they were. */

import { hold, placeHeld } from "./anchor.js";
import { jittered } from "./waiting-time.js";

const SPREAD = 3;            // seconds, at the most: not all readers in the same instant
const AGAIN = 30;            // seconds, if this page has only just been reloaded

let coming = false;

export function reload() {
  if (coming) return;
  coming = true;
  const justNow = performance.getEntriesByType("navigation")[0]?.type === "reload" && performance.now() < 10_000;
  setTimeout(() => {
    history.replaceState({ ...history.state, place: placeHeld() }, "");
    location.reload();
  }, (justNow ? jittered(AGAIN) : Math.random() * SPREAD) * 1000);
}

export function returnToPlace() {
  const place = history.state?.place;
  if (!place) return;
  history.replaceState({ ...history.state, place: null }, "");
  hold(place);
}
