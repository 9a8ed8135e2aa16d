/* "2 min ago" in place of the date, for a day; the machine's value and the full time (title) stay.

   <time datetime="2026-03-08T20:04:00Z"><span>20:04 GMT</span> <span data-relative>8 March 2026</span></time> */

import { counted, text } from "./texts.js";

const EVERY = 30_000;        // milliseconds

export function relativeTimes(root) {
  const dates = new WeakMap();

  function refresh() {
    const now = Date.now();
    for (const place of root.querySelectorAll("[data-relative]")) {
      if (!dates.has(place)) dates.set(place, place.textContent);
      const shown = since((now - Date.parse(place.closest("time").dateTime)) / 1000) ?? dates.get(place);
      if (place.textContent !== shown) place.textContent = shown;
    }
  }

  /* On paper "2 min ago" would be true of no reader. */
  function restore() {
    for (const place of root.querySelectorAll("[data-relative]")) place.textContent = dates.get(place) ?? place.textContent;
  }

  addEventListener("beforeprint", restore);
  addEventListener("afterprint", refresh);
  refresh();
  setInterval(refresh, EVERY);
  return { refresh };
}

/* Seconds to words; null where the date says more (and where the reader's clock is far behind). */
export function since(seconds) {
  if (seconds < -120 || seconds >= 86_400) return null;
  if (seconds < 60) return text("now");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? counted("minutes", minutes) : counted("hours", Math.floor(minutes / 60));
}
