/* Show "2 min ago" in place of the date for one day. The datetime attribute and the full time (title) stay.

   <time datetime="2026-03-08T20:04:00Z"><span>20:04 GMT</span> <span data-relative>8 March 2026</span></time> */

import { counted, text } from "./texts.js";

const REFRESH_MILLISECONDS = 30_000;

export function relativeTimes(root) {
  const dates = new WeakMap();

  function refresh() {
    const now = Date.now();
    for (const element of root.querySelectorAll("[data-relative]")) {
      if (!dates.has(element)) dates.set(element, element.textContent);
      const shown = since((now - Date.parse(element.closest("time").dateTime)) / 1000) ?? dates.get(element);
      if (element.textContent !== shown) element.textContent = shown;
    }
  }

  /* Restore the dates before printing: "2 min ago" would be wrong on paper. */
  function restore() {
    for (const element of root.querySelectorAll("[data-relative]")) {
      element.textContent = dates.get(element) ?? element.textContent;
    }
  }

  addEventListener("beforeprint", restore);
  addEventListener("afterprint", refresh);
  refresh();
  setInterval(refresh, REFRESH_MILLISECONDS);
  return { refresh };
}

/* Return the words for an age in seconds; null after one day, or if the reader's clock is far behind. */
export function since(seconds) {
  if (seconds < -120 || seconds >= 86_400) return null;
  if (seconds < 60) return text("now");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? counted("minutes", minutes) : counted("hours", Math.floor(minutes / 60));
}
