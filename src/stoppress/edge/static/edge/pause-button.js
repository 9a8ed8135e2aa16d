/* Pause: new posts wait behind their button, and posts keep their order, until the reader releases it (WCAG 2.2.2).
   Corrections and withdrawals still appear in place. The choice is remembered in this browser, for all live pages.

   <button type="button" data-pause aria-pressed="false">Pause</button> */

import { recall, remember } from "./stored-choice.js";

const KEY = "stoppress-paused";

export function pauseButton(main, { onResume }) {
  const button = main.querySelector("[data-pause]");
  let isPaused = Boolean(button) && recall(KEY);
  const show = () => button?.setAttribute("aria-pressed", String(isPaused));

  button?.addEventListener("click", () => {
    isPaused = !isPaused;
    remember(KEY, isPaused);
    show();
    if (!isPaused) onResume();
  });
  show();
  return { get isPaused() { return isPaused; } };
}
