/* "Link to this post" copies the address; on a phone it opens the sheet for sharing. Without either it is an ordinary link.

   <a href="/live/storm-maren/posts/UUID" data-copy-link>Link to this post</a> */

import { text } from "../coverage/texts.js";

const COPIED = text("copied");
const SHOWN_FOR = 2000;      // milliseconds

export function copyLinks(root, announcer) {
  root.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-copy-link]");
    const hasModifier = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || hasModifier || !(canShare() || navigator.clipboard)) return;
    event.preventDefault();
    if (!canShare() || !await share(link)) copyLink(link, announcer);
  });
}

export async function copyLink(link, announcer) {
  try {
    await navigator.clipboard.writeText(publicAddress(link));
    confirmCopy(link, announcer);
  } catch {
    location.href = link.href;
  }
}

function canShare() {
  return Boolean(navigator.share) && matchMedia("(pointer: coarse)").matches;
}

/* Returns false if there is no sheet; a reader who closes it has chosen. */
async function share(link) {
  try {
    await navigator.share({ title: link.closest("[data-post]").getAttribute("aria-label"), url: publicAddress(link) });
  } catch (error) {
    return error.name === "AbortError";
  }
  return true;
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
