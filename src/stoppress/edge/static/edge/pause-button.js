/* Pause: new posts wait behind their button, and posts keep their order, until the reader releases it (WCAG 2.2.2).
   Corrections and withdrawals still appear in place. The choice is remembered in this browser, for all live pages.

   <button type="button" data-pause aria-pressed="false">Pause</button> */

const KEY = "stoppress-paused";

export function pauseButton(main, { onResume }) {
  const button = main.querySelector("[data-pause]");
  let isPaused = Boolean(button) && remembered();
  const show = () => button?.setAttribute("aria-pressed", String(isPaused));

  button?.addEventListener("click", () => {
    isPaused = !isPaused;
    remember(isPaused);
    show();
    if (!isPaused) onResume();
  });
  show();
  return { get isPaused() { return isPaused; } };
}

/* Storage may be closed: in a sandboxed frame, or if the reader blocks it. */
function remembered() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

function remember(isPaused) {
  try {
    if (isPaused) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch { /* the choice lasts as long as the page */ }
}
