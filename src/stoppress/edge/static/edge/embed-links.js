/* Links of a frame on another site open in a new tab (<base target="_blank">). A sandboxed frame may open one only with
   `allow-popups`. Without it, the link replaces the whole page, if the sandbox allows at least that.
   A new tab uses up the click's permission; if it is still there, no tab was opened. */

const CHECK_DELAY = 150;   // milliseconds

export function openLinksOutside(root) {
  if (origin !== "null" || !navigator.userActivation) return;
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    setTimeout(() => { if (navigator.userActivation.isActive) open(link.href, "_top"); }, CHECK_DELAY);
  });
}
