/* "Link to this post" copies the address. Without access to the clipboard it is an ordinary link.

   <a href="/live/storm-maren/posts/UUID" data-copy-link>Link to this post</a> */

import { text } from "../coverage/texts.js";

const COPIED = text("copied");
const SHOWN_FOR = 2000;      // milliseconds

export function copyLinks(root, announcer) {
  root.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-copy-link]");
    const hasModifier = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || hasModifier || !navigator.clipboard) return;
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(publicAddress(link));
      confirmCopy(link, announcer);
    } catch {
      location.href = link.href;
    }
  });
}

/* Returns the public address, also if the page was opened under another host name. */
function publicAddress(link) {
  const canonical = document.querySelector("link[rel=canonical]")?.href ?? location.href;
  return new URL(link.getAttribute("href"), canonical).href;
}

function confirmCopy(link, announcer) {
  announcer.say(COPIED);
  const label = link.textContent;
  if (label === COPIED) return;
  link.textContent = COPIED;
  setTimeout(() => { link.textContent = label; }, SHOWN_FOR);
}
